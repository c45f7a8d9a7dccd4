// A shared library that test programs are linked with.
#pragma once

int triple_in_library(int x);
