#include <systemd/sd-daemon.h>

// The source location is a Swift one, supplied by the caller.
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>
