// A library that is opened at run time: workers do not have it.
extern "C" int blitzen_plugin_function(int x);

int blitzen_plugin_function(int x) { return x; }
