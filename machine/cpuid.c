/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The CPUID instruction of the processors, answered from a table.
 *
 * Rows say what they said where they were captured, but for what depends on the
 * CPU or on what it runs: APIC ids, sizes of the enabled extended state, OSXSAVE
 * and OSPKE (the hypervisor runs with both), and VMX, which the model has.
 *
 * SDM: instruction reference "CPUID-CPU Identification".
 */
#include "internal.h"

#define ECX_VMX     (1u << 5)
#define ECX_XSAVE   (1u << 26)
#define ECX_OSXSAVE (1u << 27)
#define ECX7_PKU    (1u << 3)
#define ECX7_OSPKE  (1u << 4)
#define EXTENDED    0x80000000u
#define HYPERVISOR  0x40000000u

/* The default table: x87, SSE, AVX, AVX-512 and PKRU on a Skylake-class server. */
static struct machine_cpuid_row default_rows[] = {
	{0x00000000, 0, 0x0000000d, 0x756e6547, 0x6c65746e, 0x49656e69},
	{0x00000001, 0, 0x00050654, 0x00100800, 0x77fefbdf, 0xbfebfbff},
	{0x00000007, 0, 0x00000000, 0xd19f27eb, 0x00000008, 0x9c000000},
	{0x0000000d, 0, 0x000002e7, 0x00000a88, 0x00000a88, 0x00000000},
	{0x0000000d, 1, 0x0000000f, 0x00000988, 0x00000000, 0x00000000},
	{0x0000000d, 2, 0x00000100, 0x00000240, 0x00000000, 0x00000000},
	{0x0000000d, 5, 0x00000040, 0x00000440, 0x00000000, 0x00000000},
	{0x0000000d, 6, 0x00000200, 0x00000480, 0x00000000, 0x00000000},
	{0x0000000d, 7, 0x00000400, 0x00000680, 0x00000000, 0x00000000},
	{0x0000000d, 9, 0x00000008, 0x00000a80, 0x00000000, 0x00000000},
	{0x80000000, 0, 0x80000008, 0x00000000, 0x00000000, 0x00000000},
	{0x80000001, 0, 0x00000000, 0x00000000, 0x00000121, 0x2c100800},
	{0x80000008, 0, 0x0000302e, 0x00000000, 0x00000000, 0x00000000},
};

const struct machine_cpuid *machine_default_cpuid(void)
{
	static const struct machine_cpuid table = {
		.row = default_rows, .count = sizeof(default_rows) / sizeof(default_rows[0])};

	return &table;
}

/* Leaves whose answer depends on ECX: an absent subleaf is not subleaf 0. */
static bool has_subleaves(uint32_t leaf)
{
	switch (leaf) {
	case 0x04: case 0x07: case 0x0b: case 0x0d: case 0x0f: case 0x10: case 0x12:
	case 0x14: case 0x17: case 0x18: case 0x1b: case 0x1d: case 0x1e: case 0x1f:
	case 0x20: case 0x23: case 0x24:
		return true;
	default:
		return false;
	}
}

static const struct machine_cpuid_row *find(const struct machine_cpuid_row *row, size_t count,
					    uint32_t leaf, uint32_t subleaf)
{
	static const struct machine_cpuid_row absent;

	for (size_t i = 0; i < count; i++) {
		if (row[i].leaf == leaf && row[i].subleaf == subleaf)
			return &row[i];
	}
	return &absent;
}

void machine_cpuid_row(const struct machine_cpuid *table, uint32_t leaf, uint32_t subleaf,
		       struct pkvm_cpuid_regs *regs)
{
	const struct machine_cpuid_row *row, *lacks;

	if (!has_subleaves(leaf))
		subleaf = 0;
	row = find(table->row, table->count, leaf, subleaf);
	lacks = find(table->lacks, table->nr_lacks, leaf, subleaf);
	regs->eax = row->eax & ~lacks->eax;
	regs->ebx = row->ebx & ~lacks->ebx;
	regs->ecx = row->ecx & ~lacks->ecx;
	regs->edx = row->edx & ~lacks->edx;
}

/* A leaf above its range's last one is answered as the last basic leaf. */
static uint32_t in_range(const struct machine_cpuid *table, uint32_t leaf)
{
	const uint32_t base = leaf >= EXTENDED ? EXTENDED : leaf >= HYPERVISOR ? HYPERVISOR : 0;
	struct pkvm_cpuid_regs regs;

	machine_cpuid_row(table, base, 0, &regs);
	if (leaf <= regs.eax)
		return leaf;
	machine_cpuid_row(table, 0, 0, &regs);
	return regs.eax;
}

static void extended_state(const struct machine_cpu *cpu, uint32_t subleaf,
			   struct pkvm_cpuid_regs *regs)
{
	const struct machine_xlayout *layout = &cpu->machine->xlayout;
	const struct machine_xstate *x = &cpu->xstate;

	if (subleaf == 0 && layout->xsave) {
		regs->ebx = (uint32_t)machine_xsize_standard(layout, x->xcr0);
		regs->ecx = (uint32_t)machine_xsize_standard(layout, layout->xcr0);
	}
	if (subleaf == 1 && layout->compacted)
		regs->ebx = (uint32_t)machine_xsize_compacted(layout, x->xcr0 | x->xss);
}

void machine_cpuid_answer(const struct machine_cpu *cpu, uint32_t leaf, uint32_t subleaf,
			  struct pkvm_cpuid_regs *regs)
{
	leaf = in_range(&cpu->machine->cpuid, leaf);
	machine_cpuid_row(&cpu->machine->cpuid, leaf, subleaf, regs);
	switch (leaf) {
	case 1:
		regs->ebx = (regs->ebx & 0x00ffffffu) | cpu->number << 24;
		regs->ecx |= ECX_VMX | (regs->ecx & ECX_XSAVE ? ECX_OSXSAVE : 0);
		break;
	case 7:
		if (subleaf == 0)
			regs->ecx |= regs->ecx & ECX7_PKU ? ECX7_OSPKE : 0;
		break;
	case 0xb: case 0x1f:
		regs->ecx = (regs->ecx & ~0xffu) | (subleaf & 0xff);
		regs->edx = cpu->number;
		break;
	case 0xd:
		extended_state(cpu, subleaf, regs);
		break;
	}
}

void pkvm_plat_cpuid(uint32_t leaf, uint32_t subleaf, struct pkvm_cpuid_regs *regs)
{
	machine_cpuid_answer(machine_this_cpu(), leaf, subleaf, regs);
}
