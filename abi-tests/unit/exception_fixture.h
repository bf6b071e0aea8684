/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * One vCPU's exceptions for the tests of the host's reference: its register
 * block, exceptions by vector, an L1 that intercepts what a test wants.
 */
#ifndef PKVM_TEST_EXCEPTION_FIXTURE_H
#define PKVM_TEST_EXCEPTION_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "host/exception.h"

/* CR2 and DR6 before anything, the address of a #PF, a #DB for a single step. */
#define OLD_CR2  0x1000u
#define OLD_DR6  0xffff0ff0u
#define NEW_CR2  0xdead000u
#define STEP     0x4000u
#define STEP_DR6 0xffff4ff0u

/* A vCPU and what it points to, together, so that a test can copy it. */
struct subject {
	struct pkvm_page_regs regs;
	struct pkvm_host_exceptions state;
};

static inline void subject_reset(struct subject *subject)
{
	memset(subject, 0, sizeof(*subject));
	subject->regs.cr2 = OLD_CR2;
	subject->regs.dr6 = OLD_DR6;
	subject->state.regs = &subject->regs;
	subject->state.exception_payload = true;
}

static inline void subject_copy(struct subject *to, const struct subject *from)
{
	*to = *from;
	to->state.regs = &to->regs;
}

/* The L1 of these tests: it intercepts what the bitmap says. */
static inline void subject_enter_l2(struct subject *subject, uint32_t bitmap, bool mtf)
{
	const struct pkvm_host_nested_controls controls = {
		.exception_bitmap = bitmap,
		.monitor_trap_flag = mtf,
	};

	assert_int_equal(pkvm_host_nested_enter(&subject->state, &controls), 0);
}

static inline struct pkvm_host_queued_exception an_exception(uint32_t vector)
{
	struct pkvm_host_queued_exception exception = {.vector = vector};

	exception.has_error_code = vector == 8 || (vector >= 10 && vector <= 14);
	if (vector == 14) {
		exception.has_payload = true;
		exception.payload = NEW_CR2;
		exception.error_code = 2;
	}
	if (vector == 1) {
		exception.has_payload = true;
		exception.payload = STEP;
	}
	if (vector == 3 || vector == 4)
		exception.length = 1;
	return exception;
}

static inline void subject_queue(struct subject *subject, uint32_t vector)
{
	const struct pkvm_host_queued_exception exception = an_exception(vector);

	pkvm_host_queue_exception(&subject->state, &exception);
}

static inline enum pkvm_host_entry subject_enter(struct subject *subject)
{
	return pkvm_host_enter_exceptions(&subject->state);
}

/* On its way into the guest, its delivery cut short by an exit. */
static inline void subject_inject(struct subject *subject, uint32_t vector)
{
	subject_queue(subject, vector);
	assert_int_equal(subject_enter(subject), PKVM_HOST_ENTER_INJECT);
	pkvm_host_leave_exceptions(&subject->state, true);
}

/* What L1 reads after the exit; nothing else waits for it. */
static inline void assert_exit(struct subject *subject, uint32_t reason, uint32_t info,
			       uint32_t code, uint64_t qualification)
{
	const struct pkvm_host_nested_exit *exit = &subject->state.nested.exit;

	assert_int_equal(exit->reason, reason);
	assert_int_equal(exit->info, info);
	assert_int_equal(exit->error_code, code);
	assert_int_equal(exit->qualification, qualification);
	assert_false(subject->state.nested.guest_mode);
	assert_false(subject->state.nested.mtf_pending);
	assert_int_equal(subject_enter(subject), PKVM_HOST_ENTER);
}

static inline void assert_registers(const struct subject *subject, uint64_t cr2, uint64_t dr6)
{
	assert_int_equal(subject->regs.cr2, cr2);
	assert_int_equal(subject->regs.dr6, dr6);
}

#endif
