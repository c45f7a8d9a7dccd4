set(says "The journal deletes an outcome that was not acknowledged.")
set(file libblitzen/src/server/journal_desk.cpp)
set(old [==[
record(journal::OutcomesAcknowledged{number_of(driver), first, last});]==])
set(new [==[
record(journal::OutcomesAcknowledged{number_of(driver), first, last + 1});]==])
