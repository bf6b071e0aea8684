/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Random calls with random words, and random scribbling over the shared pages:
 * whatever a host may send, from one CPU or from several. One test program
 * includes it once.
 */
#ifndef PKVM_TEST_PROTOCOL_HAMMER_H
#define PKVM_TEST_PROTOCOL_HAMMER_H

#include <stdlib.h>

#include "ownership.h"
#include "rows.h"

#define NR_HANDLES 12
#define NR_RANGES  24
#define RANGE_SIZE (8 * 4096u)
#define PER_SEED   5000u        /* calls before everything starts anew */

struct hammer {
	struct machine *m;
	uint64_t seed;
	unsigned int cpu;
	bool alone;                     /* nothing changes but by these calls */
	uint64_t vm[NR_HANDLES], vcpu[NR_HANDLES];
	uint64_t range[NR_RANGES];
	uint64_t page[NR_HANDLES];      /* what shared pages may be at */
	unsigned long done;             /* calls that succeeded        */
};

/* splitmix64 */
static inline uint64_t next(struct hammer *h)
{
	uint64_t z = h->seed += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

static inline uint64_t pick(struct hammer *h, const uint64_t *from, size_t n)
{
	return from[next(h) % n];
}

/* Numbers at which something happens: small, one bit, many bits, anything. */
static inline uint64_t number(struct hammer *h)
{
	static const uint64_t good[] = {0x80000031, 0x60000010, 0x30, 0x500, 0x2, 0x202, 0x20,
					0x40620, 0xfee00900, 0xfee00d00, 0x9000010a, 0x1000};
	const uint64_t random = next(h);

	switch (random >> 60) {
	case 0: case 1: case 2:
		return random % 8;
	case 3: case 4:
		return random % 300;
	case 5: case 6: case 7: case 8:
		return pick(h, good, sizeof(good) / sizeof(good[0]));
	case 9:
		return 1ull << random % 64;
	case 10:
		return ~0ull << random % 64;
	default:
		return random >> random % 64;
	}
}

static inline uint64_t address(struct hammer *h)
{
	switch (next(h) % 12) {
	case 0:
		return pick(h, h->page, NR_HANDLES);
	case 1:
		return next(h) % machine_ram_size(h->m) & ~0xfffull;
	case 2:
		return number(h);
	default:
		return pick(h, h->range, NR_RANGES) + next(h) % 4 * 4096;
	}
}

static inline uint64_t msr(struct hammer *h)
{
	static const uint64_t index[] = {0x10, 0x1b, 0x3a, 0x49, 0x174, 0x175, 0x1a0, 0x1d9,
					 0x200, 0x201, 0x250, 0x277, 0x2ff, 0x802, 0xda0,
					 0xc0000080, 0xc0000081, 0xc0000082, 0xc0000103};

	return pick(h, index, sizeof(index) / sizeof(index[0]));
}

/* What a word of this name may well be; false: it may be anything. */
static inline bool named_word(struct hammer *h, const char *name, uint64_t *value)
{
	if (!strcmp(name, "vm"))
		*value = pick(h, h->vm, NR_HANDLES);
	else if (!strcmp(name, "vcpu"))
		*value = pick(h, h->vcpu, NR_HANDLES);
	else if (!strcmp(name, "gpa"))
		*value = next(h) % 8 ? next(h) % 16 * 4096 : 0xffff0000;
	else if (!strcmp(name, "page"))
		*value = pick(h, h->page, NR_HANDLES);
	else if (!strcmp(name, "fpstate") && next(h) % 2)
		*value = 0;
	else if (!strcmp(name, "fpstate_size") && next(h) % 2)
		*value = 0;
	else if (!strcmp(name, "address") || !strcmp(name, "area") || !strcmp(name, "hpa") ||
		 !strcmp(name, "fpstate"))
		*value = address(h);
	else if (strstr(name, "size"))
		*value = next(h) % 9 * 4096;
	else if (!strcmp(name, "id") || !strcmp(name, "max_vcpus") || !strcmp(name, "count"))
		*value = next(h) % 6;
	else if (!strcmp(name, "index"))
		*value = msr(h);
	else
		return false;
	return true;
}

/* Most words are what their names ask for, some are not. */
static inline uint64_t word(struct hammer *h, const struct word *w)
{
	uint64_t value;

	if (next(h) % 24 == 0)
		return number(h);
	if (w->rule == BITS && w->limit < 4 && next(h) % 8)
		return 0;
	if (w->rule == MAX && w->limit < 256)
		return next(h) % (w->limit + 1);
	if (w->rule == OPT)
		return next(h) % 2 ? next(h) % (w->limit + 1) : ~0ull;
	if (!named_word(h, strchr(w->name, '.') + 1, &value))
		value = number(h);
	return value & (w->rule == BITS ? w->limit : ~0ull);
}

/* Handles that calls gave out take the places of older ones. */
static inline void remember(struct hammer *h, const struct row *row, const uint64_t *out)
{
	if (!strcmp(row->name, "vm_init"))
		h->vm[next(h) % NR_HANDLES] = out[0];
	if (!strcmp(row->name, "vcpu_create"))
		h->vcpu[next(h) % NR_HANDLES] = out[0];
}

/* Once in a while with a look at all private memory, which a refusal leaves alone. */
static inline struct pkvm_status make(struct hammer *h, const struct row *row, const uint64_t *in,
			       uint64_t *out)
{
	struct world_result result;

	if (!h->alone || next(h) % 128)
		return pkvm_hc_raw(row->number, in, row->n_in, out, row->n_out);
	result = world_callv(h->m, row->number, in, row->n_in, row->n_out);
	memcpy(out, result.out, sizeof(result.out));
	return (struct pkvm_status){result.error, result.refused};
}

static inline void call(struct hammer *h, const struct row *row)
{
	uint64_t in[PKVM_MAX_WORDS] = {0}, out[PKVM_MAX_WORDS];
	struct pkvm_status status;

	for (unsigned int i = 0; i < row->n_in; i++)
		in[i] = word(h, &row->word[i]);
	/* The host's own timer, so that no guest keeps the CPU for long. */
	(void)machine_raise_irq(h->m, h->cpu, 0x30, 300);
	status = make(h, row, in, out);
	(void)machine_take_irq();
	if (!pkvm_error_name(status.error) || status.refused > row->n_in)
		fail_msg("%s: status %lld, word %llu", row->name, (long long)status.error,
			 (unsigned long long)status.refused);
	if (status.error)
		return;
	h->done++;
	remember(h, row, out);
}

/* A few words of a page that the host sees: replies, registers, TPR, anything. */
static inline void scribble(struct hammer *h)
{
	static const uint64_t at[] = {0x40,  0xc0,  0x1c0, 0x1c0, 0x1c8, 0x1d0, 0x200, 0x248,
				      0x400, 0x440, 0x448, 0x580, 0x5c0, 0x5c8, 0x600, 0x6c0};
	const uint64_t page = pick(h, h->page, NR_HANDLES);

	for (int i = 0; i < 6; i++) {
		const uint64_t value = next(h) % 2 ? 1 : number(h);
		const uint64_t offset = next(h) % 4 ? pick(h, at, 16) : next(h) % 512 * 8;

		(void)machine_host_write(page + offset, &value, sizeof(value));
	}
}

static inline const struct row *find_row(const char *name)
{
	for (size_t i = 0; i < NR_ROWS; i++) {
		if (!strcmp(rows[i].name, name))
			return &rows[i];
	}
	fail_msg("no row %s", name);
	return NULL;
}

/* Short instructions, most of which exit. */
static inline void write_code(struct hammer *h, uint64_t page)
{
	static const char *const code[] = {
		"\x90\x90\x90", "\x0f\xa2\x90", "\xe4\x60\x90", "\xe6\x80\x90", "\x0f\x32\x90",
		"\x0f\x30\x90", "\xf4\x90\x90", "\x0f\x01\xc1", "\xfb\x90\x90", "\xfa\x90\x90",
		"\x0f\x22\xc0", "\x0f\x22\xe0", "\x0f\x01\xd1", "\x0f\x06\x90", "\x0f\x09\x90",
		"\xcc\x90\x90", "\xcf\x90\x90", "\xb8\x01\x00", "\xb9\x02\x08", "\x31\xc0\x90",
	};
	uint8_t bytes[4096];

	for (size_t at = 0; at < sizeof(bytes); at++) {
		if (at % 3 == 0)
			memcpy(bytes + at, code[next(h) % (sizeof(code) / sizeof(code[0]))],
			       at + 3 <= sizeof(bytes) ? 3 : 1);
	}
	(void)machine_host_write(page, bytes, sizeof(bytes));
}

/* Where a vCPU starts after RESET, and where one that was moved might. */
static inline void map_code(struct hammer *h, uint64_t gpa)
{
	const struct pkvm_mapping mapping = {gpa, world_pages(1), 4096, 1};

	write_code(h, mapping.hpa);
	assert_int_equal(pkvm_hc_vm_mmu_map(&mapping).error, 0);
}

/* A VM with a local APIC, three vCPUs and some memory. */
static inline void add_vm(struct hammer *h, uint64_t type, unsigned int first)
{
	const struct world_vm vm = world_vm(type);
	const struct pkvm_vm_cap cap = {vm.handle, PKVM_VM_CAP_IRQCHIP, PKVM_IRQCHIP_KERNEL,
					0, 0, 0};
	struct world_vcpu vcpu[3];

	assert_int_equal(pkvm_hc_enable_cap(&cap).error, 0);
	for (unsigned int i = 0; i < 3; i++) {
		vcpu[i] = world_vcpu(&vm, i);
		h->vcpu[first + i] = vcpu[i].handle;
		h->page[first + i] = vcpu[i].page;
		h->vm[first + i] = vm.handle;
	}
	world_finalize(&vm);
	world_topup(&vm, 16);
	world_load(&vcpu[0]);
	map_code(h, 0);
	map_code(h, 0xffff0000);
	if (next(h) % 4)
		call(h, find_row("vcpu_run"));
}

static inline void hammer_begin(struct hammer *h, unsigned int cpus, uint64_t seed)
{
	*h = (struct hammer){.m = world_up(cpus), .seed = seed, .alone = cpus == 1};
	for (unsigned int i = 0; i < NR_HANDLES; i++)
		h->page[i] = world_pages(1);
	for (unsigned int i = 0; i < NR_HANDLES; i += 3)
		add_vm(h, i % 2, i);
	for (unsigned int i = 0; i < NR_RANGES; i++) {
		h->range[i] = world_pages(RANGE_SIZE / 4096);
		for (uint64_t at = 0; at < RANGE_SIZE; at += 4096)
			write_code(h, h->range[i] + at);
	}
}

/* Calls after which little is left to call, and those that make it anew. */
static inline const struct row *choose(struct hammer *h)
{
	static const char *const often[] = {"vcpu_run", "vcpu_load", "vm_mmu_map", "vm_init",
					    "vcpu_create", "vm_finalize", "complete_emulated_msr",
					    "vcpu_run", "vm_topup", "vcpu_put"};
	static const char *const seldom[] = {"vm_destroy", "vcpu_free", "reprivilege_cpu"};
	const char *name = rows[next(h) % NR_ROWS].name;

	if (next(h) % 3 == 0)
		name = often[next(h) % (sizeof(often) / sizeof(often[0]))];
	for (size_t i = 0; i < sizeof(seldom) / sizeof(seldom[0]); i++) {
		if (!strcmp(name, seldom[i]) && next(h) % 16)
			name = "vcpu_load";
	}
	return find_row(name);
}

static inline void hammer(struct hammer *h, unsigned long count)
{
	while (count--) {
		if (next(h) % 8 == 0)
			scribble(h);
		call(h, choose(h));
	}
}

#endif
