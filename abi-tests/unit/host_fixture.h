/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The host's code over a transport that only answers what a test told it to,
 * and pages that count who has them. A program includes it once.
 */
#ifndef PKVM_TEST_HOST_FIXTURE_H
#define PKVM_TEST_HOST_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <pkvm/pkvm.h>
#include "host/platform.h"
#include "host/transport.h"
#include "host/x86_ops.h"

#define FAKE_PAGES 64u
#define FAKE_BASE  0x100000u
#define FAKE_CALLS 256u
#define FAKE_NUMBERS 0x1000u

/* What a call answers until a test says otherwise: success, and these words. */
struct fake_answer {
	int64_t error;
	uint64_t word[PKVM_MAX_WORDS];  /* word[0]: the refused word on failure */
};

static struct {
	_Alignas(4096) uint8_t page[FAKE_PAGES][4096];
	bool allocated[FAKE_PAGES];
	unsigned int allocations_left;          /* before one fails              */
	struct fake_answer answer[FAKE_NUMBERS];
	struct pkvm_regs call[FAKE_CALLS];      /* what was sent, in order       */
	unsigned int calls;
	unsigned int lines;                     /* logged                        */
	unsigned int interrupts_taken;
	uint64_t tsc;
	const struct fake_answer *runs;         /* one each, for vcpu_run or ... */
	unsigned int nr_runs;
	uint64_t scripted;                      /* ... for this call instead     */
	void (*watch)(const struct pkvm_regs *sent);    /* while a call is made  */
} fake;

uint64_t pkvm_host_plat_alloc(uint64_t pages)
{
	unsigned int run = 0;

	if (!fake.allocations_left)
		return 0;
	for (unsigned int i = 0; i < FAKE_PAGES; i++) {
		run = fake.allocated[i] ? 0 : run + 1;
		if (run < pages)
			continue;
		fake.allocations_left--;
		memset(&fake.allocated[i + 1 - run], 1, run);
		memset(fake.page[i + 1 - run], 0xa5, run * 4096);
		return FAKE_BASE + (i + 1 - run) * 4096ull;
	}
	return 0;
}

bool pkvm_host_plat_free(uint64_t pa, uint64_t pages)
{
	const uint64_t first = (pa - FAKE_BASE) / 4096;

	if (pa < FAKE_BASE || pa % 4096 || first >= FAKE_PAGES || pages > FAKE_PAGES - first)
		return false;
	for (uint64_t i = first; i < first + pages; i++) {
		if (!fake.allocated[i])
			return false;
	}
	memset(&fake.allocated[first], 0, pages);
	return true;
}

void *pkvm_host_plat_ptr(uint64_t pa)
{
	if (pa < FAKE_BASE || pa >= FAKE_BASE + sizeof(fake.page))
		return NULL;
	return &fake.page[0][0] + (pa - FAKE_BASE);
}

unsigned int pkvm_host_plat_cpu(void)
{
	return 3;
}

uint64_t pkvm_host_plat_tsc(void)
{
	return fake.tsc;
}

void pkvm_host_plat_take_interrupts(void)
{
	fake.interrupts_taken++;
}

void pkvm_host_plat_log(const char *text, const char *subject, int64_t value)
{
	(void)text;
	(void)subject;
	(void)value;
	fake.lines++;
}

void pkvm_host_transport(struct pkvm_regs *regs)
{
	const struct fake_answer *answer = &fake.answer[regs->rax % FAKE_NUMBERS];

	assert_true(fake.calls < FAKE_CALLS);
	if (fake.watch)
		fake.watch(regs);
	fake.call[fake.calls++] = *regs;
	if (regs->rax == (fake.scripted ? fake.scripted : 0x305) && fake.runs) {
		assert_int_not_equal(fake.nr_runs, 0);
		answer = fake.runs++;
		fake.nr_runs--;
	}
	regs->rax = (uint64_t)answer->error;
	memcpy(regs->word, answer->word, sizeof(regs->word));
}

/* A host, one VM, one vCPU of it, made by hand: no call is spent on them. */
static struct pkvm_host fake_host;
static struct pkvm_host_vm fake_vm;
static struct pkvm_host_vcpu fake_vcpu;
static struct pkvm_shared_page fake_page;

static inline unsigned int fake_allocated(void)
{
	unsigned int sum = 0;

	for (unsigned int i = 0; i < FAKE_PAGES; i++)
		sum += fake.allocated[i];
	return sum;
}

static void fake_reset(bool protected_vm)
{
	memset(&fake, 0, sizeof(fake));
	memset(&fake_page, 0, sizeof(fake_page));
	fake.allocations_left = FAKE_PAGES;
	fake_host.answer.features = 0xf;
	fake_host.answer.vm_area_size = 2 * 4096;
	fake_host.answer.vcpu_area_size = 3 * 4096;
	fake_host.answer.fpstate_size = 4096;
	fake_vm = (struct pkvm_host_vm){.host = &fake_host, .handle = 0x77,
					.protected_vm = protected_vm, .vcpus = &fake_vcpu};
	fake_vcpu = (struct pkvm_host_vcpu){.vm = &fake_vm, .handle = 0x99, .cpu = 3,
					    .page = &fake_page};
	fake_vcpu.tsc.multiplier = 1ull << 48;
}

/* The only call since the reset, its words checked by the caller. */
static inline const struct pkvm_regs *fake_only_call(uint64_t number)
{
	assert_int_equal(fake.calls, 1);
	assert_int_equal(fake.call[0].rax, number);
	return &fake.call[0];
}

#endif
