/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests in the image: functions named like sentences, which end at the first
 * thing that is not as expected. Only CPU 0 runs tests.
 */
#ifndef PKVM_BAREMETAL_HARNESS_H
#define PKVM_BAREMETAL_HARNESS_H

#include <pkvm/pkvm.h>

#include "../../baremetal/host/host.h"

#define EXPECT(CONDITION)                                                  \
	do {                                                               \
		if (!(CONDITION))                                          \
			harness_fail(__FILE__, __LINE__, #CONDITION);      \
	} while (0)
#define EXPECT_EQUAL(A, B)                                                 \
	do {                                                               \
		const uint64_t expect_a = (uint64_t)(A);                   \
		const uint64_t expect_b = (uint64_t)(B);                   \
		if (expect_a != expect_b)                                  \
			harness_differ(__FILE__, __LINE__, #A, expect_a, expect_b); \
	} while (0)

/* The test is over: it failed. A machine in an unknown state tests no more. */
_Noreturn void harness_fail(const char *file, unsigned int line, const char *what);
_Noreturn void harness_differ(const char *file, unsigned int line, const char *what,
			      uint64_t is, uint64_t expected);

struct harness_test {
	const char *name;
	void (*run)(void);
};

#define TEST(NAME) {#NAME, NAME}

/* Suites, in the order in which they are run; each ends with a NULL name. */
extern const struct harness_test machine_tests[];
extern const struct harness_test mode_tests[];
extern const struct harness_test call_tests[];
extern const struct harness_test vm_tests[];
extern const struct harness_test event_tests[];
extern const struct harness_test smp_tests[];

/* smp.c: what a CPU other than 0 does. */
void smp_follow(void);

#endif
