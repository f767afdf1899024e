#include "cli/command.h"
namespace thimble::cli {}
