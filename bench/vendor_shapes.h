/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The shape of the benchmark's call; included before anything that expands the rows. */
#ifndef PKVM_BENCH_VENDOR_SHAPES_H
#define PKVM_BENCH_VENDOR_SHAPES_H

#include <pkvm/abi.h>
#include <pkvm/error.h>

/* Three words, one for each rule. */
struct pkvm_bench_words {
	uint64_t bits;
	uint64_t max;
	uint64_t opt;
};
#define PKVM_WORDS_bench_words(W)                                    \
	W(bench_words, bits, BITS, PKVM_BITS(31, 0))                 \
	W(bench_words, max,  MAX,  255)                              \
	W(bench_words, opt,  OPT,  255)
PKVM_SHAPE(bench_words)

PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_bench_empty(const struct pkvm_bench_words *in, struct pkvm_bench_words *out);

#endif
