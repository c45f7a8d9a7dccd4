// A task library that no program can load.
namespace broken {

int function_that_nobody_has();
int call_it() { return function_that_nobody_has(); }

}  // namespace broken
