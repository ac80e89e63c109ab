/* Four signals, 0 or 1 a row, as what each row asks for. */
#ifndef PYRT_SIGNALS_CODES_H
#define PYRT_SIGNALS_CODES_H

#include "dispatch.h"

/* How many rows ask for an entry. `twice` is 1 if there are short signals, else 0; codes as in signals.pxd. */
PYRT_CLONES_PLAIN static ptrdiff_t pyrt_join_signals(const uint8_t *entries, const uint8_t *exits,
                                                     const uint8_t *short_entries, const uint8_t *short_exits,
                                                     uint8_t twice, uint8_t *restrict codes, ptrdiff_t n)
{
    ptrdiff_t count = 0;
    for (ptrdiff_t first = 0; first < n; first += 128) {
        const ptrdiff_t end = first + 128 < n ? first + 128 : n;
        uint8_t asked = 0; /* at most 128 */
        for (ptrdiff_t i = first; i < end; i++) {
            const uint8_t e = entries[i], x = exits[i], s = short_entries[i] & twice, y = short_exits[i] & twice;
            const uint8_t go_long = e & ~x, go_short = s & ~y, one_way = go_long ^ go_short;
            codes[i] = (uint8_t)((go_long & one_way) | (x & ~e & 1) << 1 | (go_short & one_way) << 2 | (y & ~s & 1) << 3);
            asked = (uint8_t)(asked + one_way);
        }
        count += asked;
    }
    return count;
}

#endif
