/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The model's VMX instructions that do not enter a guest: VMXON, VMXOFF,
 * VMCLEAR, VMPTRLD, VMREAD, VMWRITE, each with the state rules and the
 * VM-instruction errors of the SDM chapter "VMX Instruction Reference".
 *
 * A processor raises #UD for a VMX instruction outside VMX operation. The core
 * never executes one there; should it, it sees VMfailInvalid.
 *
 * The SDM leaves undefined what happens when a VMCS that is active on one
 * logical processor is used on another. The model refuses it as an invalid
 * address (errors 2 and 9), so that the mistake cannot pass unseen. It knows
 * the CPU from the region itself: a page must be zeroed before it first becomes
 * a VMCS region.
 */
#include "field.h"
#include "model_enter.h"
#include "../platform.h"

#define VMCLEAR_ADDRESS      2
#define VMCLEAR_VMXON_PTR    3
#define VMPTRLD_ADDRESS      9
#define VMPTRLD_VMXON_PTR    10
#define VMPTRLD_REVISION     11
#define UNSUPPORTED_FIELD    12
#define WRITE_TO_READ_ONLY   13
#define VMXON_IN_VMX_ROOT    15

#define REVISION_ID          0x7fffffffu
#define SHADOW_VMCS          0x80000000u
#define BASIC_32_BIT_PAS     (1ull << 48)
#define MISC_WRITE_ANY_FIELD (1ull << 29)
#define SECONDARY_VMCS_SHADOWING 14

int model_vmfail(struct model_cpu *cpu, int error)
{
	if (!cpu->vmcs)
		return PKVM_VMX_FAIL_INVALID;
	cpu->vmcs->value[PKVM_VMCS_INDEX_VM_INSTRUCTION_ERROR] = (uint32_t)error;
	return error;
}

bool model_pa_valid(const struct model_cpu *cpu, uint64_t pa, uint64_t alignment)
{
	uint32_t bits = cpu->caps.maxphyaddr;

	if (cpu->caps.basic & BASIC_32_BIT_PAS)
		bits = 32;
	return !(pa & (alignment - 1)) && !(pa >> bits);
}

static bool region_usable(const struct model_cpu *cpu, uint64_t pa)
{
	return model_pa_valid(cpu, pa, 4096);
}

static bool active_elsewhere(const struct model_vmcs *vmcs)
{
	return vmcs->active_cpu != 0 && vmcs->active_cpu <= PKVM_PLAT_MAX_CPUS &&
	       vmcs->active_cpu != pkvm_plat_cpu() + 1;
}

static void forget_current(struct model_cpu *cpu)
{
	cpu->current_pa = MODEL_NO_VMCS;
	cpu->vmcs = NULL;
}

const struct pkvm_vmx_caps *pkvm_vmcs_caps(void)
{
	return &pkvm_model_cpu()->caps;
}

int pkvm_vmcs_cpu_on(uint64_t vmxon_pa)
{
	struct model_cpu *cpu = pkvm_model_cpu();
	const uint32_t *region;

	if (cpu->vmxon_pa)
		return model_vmfail(cpu, VMXON_IN_VMX_ROOT);
	if (!vmxon_pa || !region_usable(cpu, vmxon_pa))
		return PKVM_VMX_FAIL_INVALID;
	region = pkvm_plat_private(vmxon_pa);
	if (region[0] != (cpu->caps.basic & REVISION_ID))
		return PKVM_VMX_FAIL_INVALID;
	cpu->vmxon_pa = vmxon_pa;
	forget_current(cpu);
	return PKVM_VMX_SUCCEED;
}

int pkvm_vmcs_cpu_off(void)
{
	struct model_cpu *cpu = pkvm_model_cpu();

	if (!cpu->vmxon_pa)
		return PKVM_VMX_FAIL_INVALID;
	cpu->vmxon_pa = 0;
	forget_current(cpu);
	return PKVM_VMX_SUCCEED;
}

int pkvm_vmcs_clear(uint64_t vmcs_pa)
{
	struct model_cpu *cpu = pkvm_model_cpu();
	struct model_vmcs *vmcs;

	if (!cpu->vmxon_pa)
		return PKVM_VMX_FAIL_INVALID;
	if (!region_usable(cpu, vmcs_pa))
		return model_vmfail(cpu, VMCLEAR_ADDRESS);
	if (vmcs_pa == cpu->vmxon_pa)
		return model_vmfail(cpu, VMCLEAR_VMXON_PTR);
	vmcs = pkvm_plat_private(vmcs_pa);
	if (active_elsewhere(vmcs))
		return model_vmfail(cpu, VMCLEAR_ADDRESS);
	vmcs->launched = 0;
	vmcs->active_cpu = 0;
	if (vmcs_pa == cpu->current_pa)
		forget_current(cpu);
	return PKVM_VMX_SUCCEED;
}

static bool revision_fits(const struct model_cpu *cpu, uint32_t revision)
{
	if ((revision & REVISION_ID) != (cpu->caps.basic & REVISION_ID))
		return false;
	return !(revision & SHADOW_VMCS) ||
	       (cpu->caps.procbased_ctls2 >> 32 >> SECONDARY_VMCS_SHADOWING & 1);
}

int pkvm_vmcs_load(uint64_t vmcs_pa)
{
	struct model_cpu *cpu = pkvm_model_cpu();
	struct model_vmcs *vmcs;

	if (!cpu->vmxon_pa)
		return PKVM_VMX_FAIL_INVALID;
	if (!region_usable(cpu, vmcs_pa))
		return model_vmfail(cpu, VMPTRLD_ADDRESS);
	if (vmcs_pa == cpu->vmxon_pa)
		return model_vmfail(cpu, VMPTRLD_VMXON_PTR);
	vmcs = pkvm_plat_private(vmcs_pa);
	if (!revision_fits(cpu, vmcs->revision))
		return model_vmfail(cpu, VMPTRLD_REVISION);
	if (active_elsewhere(vmcs))
		return model_vmfail(cpu, VMPTRLD_ADDRESS);
	vmcs->active_cpu = pkvm_plat_cpu() + 1;
	cpu->current_pa = vmcs_pa;
	cpu->vmcs = vmcs;
	return PKVM_VMX_SUCCEED;
}

/* The current VMCS's copy of a field; NULL when the processor has no such one. */
static uint64_t *field(struct model_cpu *cpu, uint32_t encoding)
{
	const int index = pkvm_vmcs_index(encoding);

	if (index < 0 || !pkvm_vmcs_field_exists((enum pkvm_vmcs_index)index, &cpu->caps))
		return NULL;
	return &cpu->vmcs->value[index];
}

int pkvm_vmcs_read(uint32_t encoding, uint64_t *value)
{
	struct model_cpu *cpu = pkvm_model_cpu();
	const uint64_t *stored;

	if (!cpu->vmxon_pa || !cpu->vmcs)
		return PKVM_VMX_FAIL_INVALID;
	stored = field(cpu, encoding);
	if (!stored)
		return model_vmfail(cpu, UNSUPPORTED_FIELD);
	*value = pkvm_vmcs_field_get(encoding, *stored);
	return PKVM_VMX_SUCCEED;
}

int pkvm_vmcs_write(uint32_t encoding, uint64_t value)
{
	struct model_cpu *cpu = pkvm_model_cpu();
	uint64_t *stored;

	if (!cpu->vmxon_pa || !cpu->vmcs)
		return PKVM_VMX_FAIL_INVALID;
	stored = field(cpu, encoding);
	if (!stored)
		return model_vmfail(cpu, UNSUPPORTED_FIELD);
	if (pkvm_vmcs_type(encoding) == PKVM_VMCS_TYPE_READ_ONLY &&
	    !(cpu->caps.misc & MISC_WRITE_ANY_FIELD))
		return model_vmfail(cpu, WRITE_TO_READ_ONLY);
	*stored = pkvm_vmcs_field_set(encoding, *stored, value);
	return PKVM_VMX_SUCCEED;
}
