/* A strategy that says that it asks for what a venue may not have, and does nothing. */
#define STATE int64_t
#include "../../support/strategy.h"

static const char description[] =
    "{\"name\": \"Asking\", \"pyrt\": \"0\", \"source_hash\": \"\", \"parameters\": [], \"instruments\": [], "
    "\"bars\": [], \"history\": 0, \"depth\": 0, \"handlers\": [], \"asks\": [\"modify\", \"stop\", "
    "\"trailing_stop\"], \"state_bytes\": 8, \"arena_bytes\": 0, \"sites\": [[0, \"\", \"\"]]}";
static const int64_t image[1] = {0}, params[1] = {0};

STRATEGY(0, 0);
