/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The fuzzer of the host's calls, for whoever feeds it. */
#ifndef PKVM_FUZZ_CALLS_H
#define PKVM_FUZZ_CALLS_H

#include <stddef.h>
#include <stdint.h>

struct fuzz_count {
	uint64_t calls;
	uint64_t accepted;
};

/* Plays one input and counts its calls; aborts when something does not hold. */
void fuzz_calls(const uint8_t *data, size_t size, struct fuzz_count *count);

/* libFuzzer's name for it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
