/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the images' tests expect; the first that is not so ends the run. */
#ifndef PKVM_BAREMETAL_EXPECT_H
#define PKVM_BAREMETAL_EXPECT_H

#include <stdbool.h>
#include <stdint.h>

#define EXPECT(CONDITION)                                                  \
	do {                                                               \
		if (!(CONDITION))                                          \
			expect_failed(__FILE__, __LINE__, #CONDITION);     \
	} while (0)
#define EXPECT_EQUAL(A, B)                                                 \
	do {                                                               \
		const uint64_t expect_a = (uint64_t)(A);                   \
		const uint64_t expect_b = (uint64_t)(B);                   \
		if (expect_a != expect_b)                                  \
			expect_differ(__FILE__, __LINE__, #A, expect_a, expect_b); \
	} while (0)

_Noreturn void expect_failed(const char *file, unsigned int line, const char *what);
_Noreturn void expect_differ(const char *file, unsigned int line, const char *what,
			     uint64_t is, uint64_t expected);

/* Prints the result and stops the machine. */
_Noreturn void expect_end(bool passed);

struct expect_test {
	const char *name;
	void (*run)(void);
};

#define TEST(NAME) {#NAME, NAME}

/* Runs tests up to one without a name, telling each. */
void expect_run(const struct expect_test *tests);

#endif
