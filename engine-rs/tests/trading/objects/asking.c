/* A strategy that says that it asks for what a venue may not have, and does nothing. */
#include <stdint.h>

static const char description[] =
    "{\"name\": \"Asking\", \"pyrt\": \"0\", \"source_hash\": \"\", \"parameters\": [], \"instruments\": [], "
    "\"bars\": [], \"history\": 0, \"depth\": 0, \"handlers\": [], \"asks\": [\"modify\", \"stop\", "
    "\"trailing_stop\"], \"state_bytes\": 8, \"arena_bytes\": 0, \"sites\": [[0, \"\", \"\"]]}";
static const int64_t image[1] = {0};

const struct {
    char magic[8]; uint16_t major, minor; uint32_t bytes; uint64_t hash; const char *description; uint64_t length;
    const void *image; uint64_t state_bytes, arena_bytes; const void *params; uint64_t param_count;
    void *handlers[10]; uint64_t reserved[4];
} pyrt_strategy = {
    {'P', 'Y', 'R', 'T', 'S', 'T', 'R', 'A'}, ABI_MAJOR, 0, 192, ABI_HASH, description, sizeof description - 1,
    image, sizeof image, 0, image, 0, {0},
};
