/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* XSETBV of a pVM. */
#include "event.h"
#include "exit.h"
#include "run_fpu.h"

/* XCR0 (SDM "Extended Control Registers"). */
#define XCR0_X87    PKVM_BIT(0)
#define XCR0_SSE    PKVM_BIT(1)
#define XCR0_AVX    PKVM_BIT(2)
#define XCR0_MPX    PKVM_BITS(4, 3)
#define XCR0_AVX512 PKVM_BITS(7, 5)
#define XCR0_AMX    PKVM_BITS(18, 17)

/* All bits of the mask, or none of them. */
static bool is_whole(uint64_t value, uint64_t mask)
{
	return !(value & mask) || (value & mask) == mask;
}

static bool is_valid(uint64_t value, uint64_t offered)
{
	if (!(value & XCR0_X87) || (value & ~offered))
		return false;
	if ((value & XCR0_AVX) && !(value & XCR0_SSE))
		return false;
	if ((value & XCR0_AVX512) && !(value & XCR0_AVX))
		return false;
	return is_whole(value, XCR0_MPX) && is_whole(value, XCR0_AVX512) &&
	       is_whole(value, XCR0_AMX);
}

/* The guest's extended state is in the registers, so that its XCR0 is too. */
void pkvm_exit_xsetbv(struct pkvm_vcpu *vcpu)
{
	const uint64_t value = (uint64_t)pkvm_gpr_read32(vcpu, PKVM_GPR_RDX) << 32 |
			       pkvm_gpr_read32(vcpu, PKVM_GPR_RAX);

	if (pkvm_guest_cpl() || pkvm_gpr_read32(vcpu, PKVM_GPR_RCX) ||
	    !is_valid(value, pkvm_xcr0_offered(vcpu))) {
		pkvm_raise_code(vcpu, PKVM_VECTOR_GP, 0);
		return;
	}
	vcpu->xcr0 = value;
	pkvm_plat_write_xcr0(value);
	pkvm_skip_instruction(vcpu);
}
