/* Tables, time x assets, and their columns as series that lie whole in memory: from one to the other. */
#ifndef PYRT_TABLES_H
#define PYRT_TABLES_H

#include "indicators/analytic.h"
#include "indicators/wide.h"
#include "passing.h"

enum {
    PYRT_AHEAD = 16, /* rows: lines of a table are asked for so early, as no processor foresees them */
    PYRT_STAGE = 64, /* columns that are put together before they go past the caches */
    PYRT_PASSED = 24, /* of fewer, too many lines are no block's alone */
};

typedef double v2 __attribute__((vector_size(16)));

#if defined(__clang__) || __GNUC__ >= 12
#define PYRT_PICK_TWO(a, b, i, j) __builtin_shufflevector(a, b, i, j)
#else
typedef int64_t v2i __attribute__((vector_size(16)));
#define PYRT_PICK_TWO(a, b, i, j) __builtin_shuffle(a, b, (v2i){i, j})
#endif
#define PYRT_APART __attribute__((noinline)) /* within a larger function its pointers would not all be in registers */

/* Where it begins, and how many doubles apart its rows and its columns are. */
typedef struct {
    double *at;
    ptrdiff_t row, column;
} pyrt_table;

/* Eight rows of eight become columns: at once where vectors of eight are registers, else two by two. */
PYRT_INLINE void pyrt_transpose(
    const double *restrict from, ptrdiff_t from_row, double *restrict to, ptrdiff_t to_row, const int wide)
{
    if (wide) {
        v8 rows[8];
        for (int i = 0; i < 8; i++)
            rows[i] = v8_load(from + i * from_row);
        v8_turn(rows);
        for (int i = 0; i < 8; i++)
            v8_store(to + i * to_row, rows[i]);
        return;
    }
    for (int j = 0; j < 8; j += 2) {
        v2 pairs[8];
        for (int i = 0; i < 8; i++)
            memcpy(&pairs[i], from + i * from_row + j, sizeof(v2));
        for (int i = 0; i < 8; i += 2) {
            const v2 first = PYRT_PICK_TWO(pairs[i], pairs[i + 1], 0, 2);
            const v2 second = PYRT_PICK_TWO(pairs[i], pairs[i + 1], 1, 3);
            memcpy(to + j * to_row + i, &first, sizeof first);
            memcpy(to + (j + 1) * to_row + i, &second, sizeof second);
        }
    }
}

/* The table's first columns, n rows each, into `to`, where they lie `length` doubles apart. Rows need not begin with a
 * cache line, so the line of the last column is asked for as well. */
PYRT_INLINE void pyrt_gather_of(
    pyrt_table x, ptrdiff_t n, ptrdiff_t columns, double *to, ptrdiff_t length, const int wide)
{
    const ptrdiff_t whole = x.column == 1 ? columns / 8 * 8 : 0;
    for (ptrdiff_t t = 0, rows = 8; t < n; t += rows) {
        rows = pyrt_min(8, n - t);
        const ptrdiff_t turned = rows == 8 ? whole : 0, ahead = pyrt_min(t + PYRT_AHEAD, n - 8);
        for (int k = 0; k < 8 && turned > 0; k++)
            __builtin_prefetch(x.at + (ahead + k) * x.row + columns - 1);
        for (ptrdiff_t j = 0; j < turned; j += 8) {
            for (int k = 0; k < 8; k++) {
                __builtin_prefetch(x.at + (ahead + k) * x.row + j);
                __builtin_prefetch(to + (j + k) * length + t + 2 * PYRT_AHEAD, 1);
            }
            pyrt_transpose(x.at + t * x.row + j, x.row, to + j * length + t, length, wide);
        }
        for (ptrdiff_t j = turned; j < columns; j++)
            for (ptrdiff_t k = t; k < t + rows; k++)
                to[j * length + k] = x.at[k * x.row + j * x.column];
    }
}

/* The way back, of eight rows and columns that are a multiple of eight: pieces of rows are put together, so that whole
 * lines can go past the caches. */
PYRT_INLINE void pyrt_pass_rows(
    const double *from, ptrdiff_t length, ptrdiff_t columns, double *to, ptrdiff_t to_row, const int wide)
{
    _Alignas(64) double stage[8][PYRT_STAGE + 8];
    for (ptrdiff_t j = 0; j < columns; j += PYRT_STAGE) {
        const ptrdiff_t some = pyrt_min(PYRT_STAGE, columns - j);
        for (ptrdiff_t i = 0; i < some; i += 8) {
            for (int k = 0; k < 8; k++)
                __builtin_prefetch(from + (j + i + k) * length + 2 * PYRT_AHEAD);
            pyrt_transpose(from + (j + i) * length, length, stage[0] + i, PYRT_STAGE + 8, wide);
        }
        for (int k = 0; k < 8; k++)
            pyrt_pass_row(to + k * to_row + j, stage[k], some, 1);
    }
}

PYRT_APART static void pyrt_gather_two(pyrt_table x, ptrdiff_t n, ptrdiff_t columns, double *to, ptrdiff_t length)
{
    pyrt_gather_of(x, n, columns, to, length, 0);
}

PYRT_WIDE PYRT_APART static void pyrt_gather_wide(
    pyrt_table x, ptrdiff_t n, ptrdiff_t columns, double *to, ptrdiff_t length)
{
    pyrt_gather_of(x, n, columns, to, length, 1);
}

static void pyrt_gather(pyrt_table x, ptrdiff_t n, ptrdiff_t columns, double *to, ptrdiff_t length)
{
    (pyrt_wide() ? pyrt_gather_wide : pyrt_gather_two)(x, n, columns, to, length);
}

PYRT_INLINE void pyrt_scatter_of(
    const double *from, ptrdiff_t length, ptrdiff_t n, ptrdiff_t columns, pyrt_table y, int beyond, const int wide)
{
    const ptrdiff_t whole = y.column == 1 ? columns / 8 * 8 : 0;
    for (ptrdiff_t t = 0, rows = 8; t < n; t += rows) {
        rows = pyrt_min(8, n - t);
        const ptrdiff_t turned = rows == 8 ? whole : 0, ahead = pyrt_min(t + PYRT_AHEAD, n - 8);
        if (beyond && turned >= PYRT_PASSED) {
            pyrt_pass_rows(from + t, length, turned, y.at + t * y.row, y.row, wide);
        } else if (turned > 0) {
            for (int k = 0; k < 8; k++)
                __builtin_prefetch(y.at + (ahead + k) * y.row + columns - 1, 1);
            for (ptrdiff_t j = 0; j < turned; j += 8) {
                for (int k = 0; k < 8; k++) {
                    __builtin_prefetch(y.at + (ahead + k) * y.row + j, 1);
                    __builtin_prefetch(from + (j + k) * length + t + 2 * PYRT_AHEAD);
                }
                pyrt_transpose(from + j * length + t, length, y.at + t * y.row + j, y.row, wide);
            }
        }
        for (ptrdiff_t j = turned; j < columns; j++)
            for (ptrdiff_t k = t; k < t + rows; k++)
                y.at[k * y.row + j * y.column] = from[j * length + k];
    }
    pyrt_passed();
}

PYRT_APART static void pyrt_scatter_two(
    const double *from, ptrdiff_t length, ptrdiff_t n, ptrdiff_t columns, pyrt_table y, int beyond)
{
    pyrt_scatter_of(from, length, n, columns, y, beyond, 0);
}

PYRT_WIDE PYRT_APART static void pyrt_scatter_wide(
    const double *from, ptrdiff_t length, ptrdiff_t n, ptrdiff_t columns, pyrt_table y, int beyond)
{
    pyrt_scatter_of(from, length, n, columns, y, beyond, 1);
}

static void pyrt_scatter(
    const double *from, ptrdiff_t length, ptrdiff_t n, ptrdiff_t columns, pyrt_table y, int beyond)
{
    (pyrt_wide() ? pyrt_scatter_wide : pyrt_scatter_two)(from, length, n, columns, y, beyond);
}

/* Marks the columns of which a value is not finite. */
PYRT_CLONES_PLAIN static void pyrt_mark_gaps(pyrt_table x, ptrdiff_t n, ptrdiff_t columns, double *restrict marks)
{
    for (ptrdiff_t t = 0; t < n; t++) {
        const double *restrict row = x.at + t * x.row;
        for (ptrdiff_t j = 0; j < columns; j++)
            marks[j] += row[j] * 0.0;
    }
}

#endif
