#include "journal_rig.hpp"
