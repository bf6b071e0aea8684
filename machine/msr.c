/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Physical MSRs, a file of them for each processor: what a write may hold, and
 * what each holds after firmware and host have booted. An MSR that is not in the
 * table raises #GP, as one does that the processor lacks.
 *
 * SDM: volume "Model-Specific Registers", chapter of the same name, section
 * "Architectural MSRs".
 */
#include "internal.h"

#define MSR_APIC_BASE    0x01bu
#define APIC_BASE_BSP    (1ull << 8)
#define APIC_BASE_X2APIC (1ull << 10)
#define APIC_BASE_ENABLE (1ull << 11)
#define EFER_LME         (1ull << 8)
#define EFER_LMA         (1ull << 10)
#define ALL              (~0ull)
#define LOW_52           0x000fffffffffffffull
#define BASE_BITS        0x000ffffffffffd00ull  /* address, enable, x2APIC, BSP */
#define COUNTERS         0x000000070000000full  /* three fixed, four general    */
#define ALL_WB           0x0606060606060606ull
#define PAT_RESET        0x0007040600070406ull

enum rule {
	BITS,           /* only bits of the mask                            */
	ADDRESS,        /* the same, and physical-address width bounds them */
	CANONICAL,      /* a linear address                                 */
	TYPES,          /* a memory type in every byte, UC- not among them  */
	PAT,            /* the same with UC-                                */
	EFER,           /* BITS; LME does not change under paging           */
	XFD,            /* BITS, where the processor has it                 */
	XSS,            /* components of leaf 0xD, where there is XSAVES     */
	AUX,            /* BITS, where there is RDTSCP or RDPID             */
	COMMAND,        /* write-only, and counted                          */
	READ_ONLY,
	CAPABILITY,     /* read-only, of struct pkvm_vmx_caps               */
	TSC             /* read-only                                        */
};

struct msr_row {
	uint32_t first;
	uint32_t count;
	enum rule rule;
	uint64_t mask;
	uint64_t reset;
};

static const struct msr_row rows[] = {
	{0x10,       1,  TSC,        0,          0},          /* TSC                   */
	{0x1b,       1,  ADDRESS,    BASE_BITS,  0xfee00000}, /* APIC_BASE             */
	{0x3a,       1,  READ_ONLY,  0,          0x5},        /* FEATURE_CONTROL       */
	{0x48,       1,  BITS,       0x7,        0},          /* SPEC_CTRL             */
	{0x49,       1,  COMMAND,    0x1,        0},          /* PRED_CMD              */
	{0xfe,       1,  READ_ONLY,  0,          0x508},      /* MTRRCAP               */
	{0x10a,      1,  READ_ONLY,  0,          0},          /* ARCH_CAPABILITIES     */
	{0x10b,      1,  COMMAND,    0x1,        0},          /* FLUSH_CMD             */
	{0x174,      1,  BITS,       0xffffffff, 0},          /* SYSENTER_CS           */
	{0x175,      2,  CANONICAL,  ALL,        0},          /* SYSENTER_ESP, EIP     */
	{0x1a0,      1,  BITS,       0x1801,     0x1801},     /* MISC_ENABLE           */
	{0x1c4,      2,  XFD,        0x40000,    0},          /* XFD, XFD_ERR          */
	{0x1d9,      1,  BITS,       0xdfc3,     0},          /* DEBUGCTL              */
	{0x200,      16, ADDRESS,    LOW_52,     0},          /* MTRR_PHYSBASE, MASK   */
	{0x250,      1,  TYPES,      ALL,        ALL_WB},     /* MTRR_FIX64K           */
	{0x258,      2,  TYPES,      ALL,        ALL_WB},     /* MTRR_FIX16K           */
	{0x268,      8,  TYPES,      ALL,        ALL_WB},     /* MTRR_FIX4K            */
	{0x277,      1,  PAT,        ALL,        PAT_RESET},  /* PAT                   */
	{0x2ff,      1,  BITS,       0xcff,      0xc06},      /* MTRR_DEF_TYPE         */
	{0x38f,      1,  BITS,       COUNTERS,   0},          /* PERF_GLOBAL_CTRL      */
	{0x480,      10, CAPABILITY, 0,          0},          /* VMX_BASIC...          */
	{0x48b,      7,  CAPABILITY, 0,          0},          /* VMX_PROCBASED2...     */
	{0xda0,      1,  XSS,        ALL,        0},          /* XSS                   */
	{0xc0000080, 1,  EFER,       0xd01,      0xd01},      /* EFER                  */
	{0xc0000081, 1,  BITS,       ALL,        0},          /* STAR                  */
	{0xc0000082, 2,  CANONICAL,  ALL,        0},          /* LSTAR, CSTAR          */
	{0xc0000084, 1,  BITS,       0xffffffff, 0},          /* FMASK                 */
	{0xc0000100, 3,  CANONICAL,  ALL,        0},          /* FS, GS, KERNEL_GS     */
	{0xc0000103, 1,  AUX,        0xffffffff, 0},          /* TSC_AUX               */
};

#define NR_ROWS (sizeof(rows) / sizeof(rows[0]))

/* Some MSRs come with a feature. */
static bool exists(const struct machine *m, enum rule rule)
{
	switch (rule) {
	case XFD:
		return m->xlayout.xfd;
	case XSS:
		return m->xlayout.xsaves;
	case AUX:
		return m->tsc_aux;
	default:
		return true;
	}
}

/* An MSR's row and its place in the CPU's file; NULL: the processor has no such. */
static const struct msr_row *find(const struct machine_cpu *cpu, uint32_t index,
				  uint32_t *place)
{
	uint32_t at = 0;

	for (size_t i = 0; i < NR_ROWS; i++) {
		const struct msr_row *row = &rows[i];

		if (index - row->first < row->count) {
			if (!exists(cpu->machine, row->rule))
				return NULL;
			*place = at + (index - row->first);
			return row;
		}
		at += row->count;
	}
	return NULL;
}

static uint64_t capability(const struct pkvm_vmx_caps *caps, uint32_t index)
{
	switch (index) {
	case 0x480: return caps->basic;
	case 0x481: return caps->pinbased_ctls;
	case 0x482: return caps->procbased_ctls;
	case 0x483: return caps->exit_ctls;
	case 0x484: return caps->entry_ctls;
	case 0x485: return caps->misc;
	case 0x486: return caps->cr0_fixed0;
	case 0x487: return caps->cr0_fixed1;
	case 0x488: return caps->cr4_fixed0;
	case 0x489: return caps->cr4_fixed1;
	case 0x48b: return caps->procbased_ctls2;
	case 0x48c: return caps->ept_vpid_cap;
	case 0x48d: return caps->true_pinbased_ctls;
	case 0x48e: return caps->true_procbased_ctls;
	case 0x48f: return caps->true_exit_ctls;
	case 0x490: return caps->true_entry_ctls;
	default:    return caps->vmfunc;
	}
}

void machine_msr_reset(struct machine_cpu *cpu)
{
	uint32_t at = 0;

	for (size_t i = 0; i < NR_ROWS; i++) {
		for (uint32_t j = 0; j < rows[i].count; j++, at++) {
			if (at == MACHINE_NR_MSRS)
				machine_stop("MACHINE_NR_MSRS is too small");
			cpu->msr[at] = rows[i].reset;
			if (rows[i].first == MSR_APIC_BASE)
				cpu->msr[at] |= APIC_BASE_ENABLE | APIC_BASE_X2APIC |
						(cpu->number == 0 ? APIC_BASE_BSP : 0);
		}
	}
}

bool pkvm_plat_rdmsr(uint32_t index, uint64_t *value)
{
	const struct machine_cpu *cpu = machine_this_cpu();
	uint32_t place;
	const struct msr_row *row = find(cpu, index, &place);

	if (!row || row->rule == COMMAND)
		return false;
	switch (row->rule) {
	case TSC:
		*value = pkvm_plat_tsc();
		break;
	case CAPABILITY:
		*value = capability(&cpu->model.caps, index);
		break;
	case XSS:
		*value = cpu->xstate.xss;
		break;
	default:
		*value = cpu->msr[place];
		break;
	}
	return true;
}

/* UC 0, WC 1, WT 4, WP 5, WB 6; in the PAT also UC- 7. */
static bool types_valid(uint64_t value, bool pat)
{
	for (unsigned int i = 0; i < 64; i += 8) {
		const uint64_t type = value >> i & 0xff;

		if (type == 2 || type == 3 || type > (pat ? 7u : 6u))
			return false;
	}
	return true;
}

static bool canonical(uint64_t value, uint32_t bits)
{
	const uint64_t upper = value >> (bits - 1);

	return upper == 0 || upper == ALL >> (bits - 1);
}

static bool may_hold(const struct machine_cpu *cpu, const struct msr_row *row, uint64_t old,
		     uint64_t value)
{
	if (value & ~row->mask)
		return false;
	switch (row->rule) {
	case BITS: case XFD: case AUX: case COMMAND:
		return true;
	case ADDRESS:
		return !(value >> cpu->model.caps.maxphyaddr);
	case CANONICAL:
		return canonical(value, cpu->model.caps.linear_address_bits);
	case TYPES:
		return types_valid(value, false);
	case PAT:
		return types_valid(value, true);
	case EFER:
		return !((value ^ old) & EFER_LME);
	case XSS:
		return !(value & ~cpu->machine->xlayout.xss);
	case READ_ONLY: case CAPABILITY: case TSC:
		break;
	}
	return false;
}

bool pkvm_plat_wrmsr(uint32_t index, uint64_t value)
{
	struct machine_cpu *cpu = machine_this_cpu();
	uint32_t place;
	const struct msr_row *row = find(cpu, index, &place);

	if (!row || !may_hold(cpu, row, cpu->msr[place], value))
		return false;
	if (row->rule == COMMAND)
		__atomic_add_fetch(&cpu->command_writes, 1, __ATOMIC_RELAXED);
	else if (row->rule == XSS)
		cpu->xstate.xss = value;
	else if (row->rule == EFER)
		cpu->msr[place] = value | EFER_LMA;
	else
		cpu->msr[place] = value;
	return true;
}

uint64_t machine_command_msr_writes(struct machine *m)
{
	uint64_t writes = 0;

	for (unsigned int i = 0; i < m->nr_cpus; i++)
		writes += __atomic_load_n(&m->cpu[i].command_writes, __ATOMIC_RELAXED);
	return writes;
}
