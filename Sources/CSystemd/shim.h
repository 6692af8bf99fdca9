#include <systemd/sd-daemon.h>

// The place in the source is a Swift one, and told by its caller.
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>
