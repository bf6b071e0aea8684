/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The suites of the host's program; only CPU 0 runs tests. */
#ifndef PKVM_BAREMETAL_HARNESS_H
#define PKVM_BAREMETAL_HARNESS_H

#include <pkvm/pkvm.h>

#include "../../../baremetal/host/host.h"
#include "../expect.h"

/* In the order in which they are run. */
extern const struct expect_test machine_tests[];
extern const struct expect_test call_tests[];
extern const struct expect_test mode_tests[];
extern const struct expect_test vm_tests[];
extern const struct expect_test kernel_tests[];
extern const struct expect_test xsave_tests[];
extern const struct expect_test apic_tests[];
extern const struct expect_test event_tests[];
extern const struct expect_test smp_tests[];
extern const struct expect_test end_tests[];

/* smp.c: what CPU 1 does. */
_Noreturn void smp_follow(void);

#endif
