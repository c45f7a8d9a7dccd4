# Compiles SOURCE and expects exactly one error, with SENTENCE in it.
list(TRANSFORM INCLUDES PREPEND "-I")
execute_process(COMMAND ${COMPILER} -std=c++20 -fsyntax-only -fdiagnostics-color=never ${INCLUDES} ${DEFINITIONS} ${SOURCE}
                RESULT_VARIABLE status ERROR_VARIABLE output)
if(status EQUAL 0)
  message(FATAL_ERROR "${SOURCE} compiles, but must not")
endif()
string(REGEX MATCHALL "error:" errors "${output}")
list(LENGTH errors count)
string(FIND "${output}" "${SENTENCE}" found)
if(NOT count EQUAL 1 OR found EQUAL -1)
  message(FATAL_ERROR "expected exactly one error that says «${SENTENCE}», got ${count}:\n${output}")
endif()
