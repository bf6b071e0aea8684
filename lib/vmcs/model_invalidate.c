/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The model's INVEPT and INVVPID: their operands are judged as the SDM says;
 * there is nothing to invalidate, because the model caches no translation.
 *
 * SDM: instructions INVEPT and INVVPID; section "Extended-Page-Table Pointer
 * (EPTP)"; appendix "VMX Capability Reporting Facility", section "VPID and EPT
 * Capabilities".
 */
#include "model_enter.h"

#define INVALID_OPERAND       28

/* IA32_VMX_EPT_VPID_CAP */
#define CAP_WALK_4            6
#define CAP_WALK_5            7
#define CAP_UNCACHEABLE       8
#define CAP_WRITE_BACK        14
#define CAP_INVEPT            20
#define CAP_ACCESSED_DIRTY    21
#define CAP_INVEPT_TYPES      24        /* plus the type */
#define CAP_INVVPID           32
#define CAP_INVVPID_TYPES     40        /* plus the type */

/* EPTP */
#define EPTP_MEMORY_TYPE      0x007ull  /* [2:0]                              */
#define EPTP_WALK             0x038ull  /* [5:3] length minus 1               */
#define EPTP_ACCESSED_DIRTY   0x040ull  /* [6]                                */
#define EPTP_RESERVED         0xf80ull  /* [11:7]                             */

static bool has(const struct model_cpu *cpu, unsigned int bit)
{
	return (cpu->caps.ept_vpid_cap >> bit & 1) != 0;
}

/* Would VM entry accept it as EPT pointer? */
static bool eptp_valid(const struct model_cpu *cpu, uint64_t eptp)
{
	const uint64_t type = eptp & EPTP_MEMORY_TYPE;
	const uint64_t walk = (eptp & EPTP_WALK) >> 3;

	if (!(type == 0 && has(cpu, CAP_UNCACHEABLE)) &&
	    !(type == 6 && has(cpu, CAP_WRITE_BACK)))
		return false;
	if (!(walk == 3 && has(cpu, CAP_WALK_4)) && !(walk == 4 && has(cpu, CAP_WALK_5)))
		return false;
	if ((eptp & EPTP_ACCESSED_DIRTY) && !has(cpu, CAP_ACCESSED_DIRTY))
		return false;
	return !(eptp & EPTP_RESERVED) && !(eptp >> cpu->caps.maxphyaddr);
}

static bool canonical(const struct model_cpu *cpu, uint64_t address)
{
	const uint64_t upper = address >> (cpu->caps.linear_address_bits - 1);

	return upper == 0 || upper == ~0ull >> (cpu->caps.linear_address_bits - 1);
}

/* Without EPT or VPID the instruction raises #UD; here it is VMfailInvalid. */
int pkvm_vmcs_invept(uint64_t type, uint64_t eptp)
{
	struct model_cpu *cpu = pkvm_model_cpu();

	if (!cpu->vmxon_pa || !has(cpu, CAP_INVEPT))
		return PKVM_VMX_FAIL_INVALID;
	if (type < PKVM_INVEPT_SINGLE_CONTEXT || type > PKVM_INVEPT_ALL_CONTEXTS ||
	    !has(cpu, CAP_INVEPT_TYPES + (unsigned int)type))
		return model_vmfail(cpu, INVALID_OPERAND);
	if (type == PKVM_INVEPT_SINGLE_CONTEXT && !eptp_valid(cpu, eptp))
		return model_vmfail(cpu, INVALID_OPERAND);
	return PKVM_VMX_SUCCEED;
}

int pkvm_vmcs_invvpid(uint64_t type, uint16_t vpid, uint64_t address)
{
	struct model_cpu *cpu = pkvm_model_cpu();

	if (!cpu->vmxon_pa || !has(cpu, CAP_INVVPID))
		return PKVM_VMX_FAIL_INVALID;
	if (type > PKVM_INVVPID_SINGLE_KEEP_GLOBAL ||
	    !has(cpu, CAP_INVVPID_TYPES + (unsigned int)type))
		return model_vmfail(cpu, INVALID_OPERAND);
	if (type != PKVM_INVVPID_ALL_CONTEXTS && vpid == 0)
		return model_vmfail(cpu, INVALID_OPERAND);
	if (type == PKVM_INVVPID_ADDRESS && !canonical(cpu, address))
		return model_vmfail(cpu, INVALID_OPERAND);
	return PKVM_VMX_SUCCEED;
}
