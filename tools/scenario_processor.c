/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The processors that a scenario's machine may have: what each lacks of the one that
 * the machine models, and what an outer hypervisor may withhold.
 */
#include <string.h>

#include "scenario.h"

#define VM_FUNCTIONS 0x2000u    /* secondary control */

/* A row: leaf, subleaf, and the bits of EAX, EBX, ECX, EDX that are 0. */
#define ALL          0xffffffffu
#define XSAVE_AVX    0x14000000u /* leaf 1, ECX: XSAVE, AVX */
#define AVX512       0xdc230000u /* leaf 7, EBX             */
#define PKU          0x00000018u /* leaf 7, ECX             */
#define AMX          0x03400000u /* leaf 7, EDX             */

/* Neither protection keys nor AMX nor XFD: x87, SSE, AVX and AVX-512 are left. */
static const struct machine_cpuid_row skylake[] = {
	{0x7, 0, 0,     0, PKU, AMX},
	{0xd, 0, ~0xe7u, 0, 0,   ALL},
	{0xd, 1, ~0xfu,  0, 0,   0},
};

/* XSAVEOPT, but neither XSAVEC nor XSAVES: x87, SSE and AVX. */
static const struct machine_cpuid_row haswell[] = {
	{0x7, 0, 0,    AVX512, PKU, AMX},
	{0xd, 0, ~0x7u, 0,      0,   ALL},
	{0xd, 1, ~0x1u, ALL,    ALL, ALL},
};

/* No XSAVE. */
static const struct machine_cpuid_row arrandale[] = {
	{0x1, 0, 0,   0,   XSAVE_AVX, 0},
	{0x7, 0, ALL, ALL, ALL,       ALL},
	{0xd, 0, ALL, ALL, ALL,       ALL},
	{0xd, 1, ALL, ALL, ALL,       ALL},
};

#define LACKS(ROWS) ROWS, sizeof(ROWS) / sizeof(ROWS[0])

/*
 * Of the VMX features bits of the allowed-1 halves of the pin-based and the
 * secondary controls, and of IA32_VMX_EPT_VPID_CAP. Haswell: no ENCLS and RDSEED
 * exiting, PML, #VE, PT, XSAVES, mode-based execute control, sub-page permissions,
 * TSC scaling. Arrandale besides: no posted interrupts, APICv, RDRAND exiting,
 * INVPCID, VM functions, VMCS shadowing, and no accessed and dirty flags for EPT.
 */
static const struct scenario_processor processors[] = {
	{"skylake",   "corei7_skylake_x",      0,    0,          0,        LACKS(skylake)},
	{"haswell",   "corei7_haswell_4770",   0,    0x03df8000, 0,        LACKS(haswell)},
	{"arrandale", "corei5_arrandale_m520", 0x80, 0x03dffb00, 0x200000, LACKS(arrandale)},
};

const struct scenario_processor *scenario_processor(const char *name)
{
	for (size_t i = 0; i < sizeof(processors) / sizeof(processors[0]); i++) {
		if (!strcmp(processors[i].name, name) || !strcmp(processors[i].model, name))
			return &processors[i];
	}
	return NULL;
}

void scenario_processor_limit(const struct scenario_processor *processor,
			      struct pkvm_vmx_caps *caps, struct machine_cpuid *cpuid)
{
	caps->pinbased_ctls &= ~((uint64_t)processor->no_pin << 32);
	caps->true_pinbased_ctls &= ~((uint64_t)processor->no_pin << 32);
	caps->procbased_ctls2 &= ~((uint64_t)processor->no_secondary << 32);
	caps->ept_vpid_cap &= ~processor->no_ept;
	if (!(caps->procbased_ctls2 >> 32 & VM_FUNCTIONS))
		caps->vmfunc = 0;
	cpuid->lacks = processor->lacks;
	cpuid->nr_lacks = processor->nr_lacks;
}

/*
 * What an outer hypervisor may withhold: bits of the primary and the secondary
 * controls. Without a TPR shadow there is no virtual-APIC page, and so no more.
 */
static const struct {
	const char *name;
	uint32_t primary;
	uint32_t secondary;
} features[] = {
	{"apic_access", 0,        0x1},
	{"apicv",       0,        0x300},
	{"tpr_shadow",  0x200000, 0x311},
};

bool scenario_feature(const char *name, uint32_t *primary, uint32_t *secondary)
{
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		if (strcmp(features[i].name, name))
			continue;
		*primary |= features[i].primary;
		*secondary |= features[i].secondary;
		return true;
	}
	return false;
}
