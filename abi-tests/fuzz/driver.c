/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Feeds the fuzzer from fixed seeds, so that every build plays the same inputs:
 * driver [first seed [number of seeds]], or one file to replay.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"

#define INPUT_SIZE 4096

/* splitmix64 */
static uint64_t next(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

static void play_seed(uint64_t seed, struct fuzz_count *count)
{
	uint8_t input[INPUT_SIZE];

	for (size_t i = 0; i < sizeof(input); i += 8) {
		const uint64_t word = next(&seed);

		memcpy(input + i, &word, sizeof(word));
	}
	fuzz_calls(input, sizeof(input), count);
}

/* The exit status: 2 for what is no file. */
static int replay(const char *name)
{
	static uint8_t input[1 << 20];
	FILE *file = fopen(name, "rb");
	struct fuzz_count count = {0, 0};
	size_t size;

	if (!file) {
		fprintf(stderr, "%s: %s\n", name, strerror(errno));
		return 2;
	}
	size = fread(input, 1, sizeof(input), file);
	fclose(file);
	fuzz_calls(input, size, &count);
	printf("%s: %llu calls\n", name, (unsigned long long)count.calls);
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t first = 1, seeds = 20;
	char *end = NULL;

	if (argc > 1) {
		first = strtoull(argv[1], &end, 0);
		if (*end)
			return replay(argv[1]);
	}
	if (argc > 2)
		seeds = strtoull(argv[2], NULL, 0);
	for (uint64_t seed = first; seed < first + seeds; seed++) {
		struct fuzz_count count = {0, 0};

		printf("seed %llu: ", (unsigned long long)seed);
		fflush(stdout);
		play_seed(seed, &count);
		printf("%llu calls, %llu accepted\n", (unsigned long long)count.calls,
		       (unsigned long long)count.accepted);
	}
	return 0;
}
