# Run by ctest with BUILD, CONSUMER, GENERATOR, COMPILER, BUILD_TYPE and SANITIZE.
set(scratch ${BUILD}/package_test)
set(flags "")
if(SANITIZE)
  set(flags -fsanitize=${SANITIZE})
endif()
file(REMOVE_RECURSE ${scratch})

function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY COMMAND_ECHO STDOUT)
endfunction()

run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${scratch}/prefix)
run(${CMAKE_COMMAND} -S ${CONSUMER} -B ${scratch}/build -G ${GENERATOR} -D CMAKE_BUILD_TYPE=${BUILD_TYPE}
  -D CMAKE_CXX_COMPILER=${COMPILER} -D CMAKE_CXX_FLAGS=${flags} -D CMAKE_PREFIX_PATH=${scratch}/prefix)
run(${CMAKE_COMMAND} --build ${scratch}/build)

execute_process(COMMAND ${scratch}/build/consumer OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
if(NOT output STREQUAL "2 + 3 = 5\n")
  message(FATAL_ERROR "the consumer printed \"${output}\" instead of \"2 + 3 = 5\"")
endif()
foreach(program IN ITEMS blitzen-server blitzen-client blitzen-bench)
  run(${scratch}/prefix/bin/${program} --version)
endforeach()
