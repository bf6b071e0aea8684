/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* System management mode: the answers of a system that has none. */
#include "x86_ops.h"

#define IA32_SMBASE 0x9eu

int pkvm_host_smi_allowed(const struct pkvm_host_vcpu *vcpu, bool for_injection)
{
	(void)vcpu;
	(void)for_injection;
	return 0;
}

int pkvm_host_enter_smm(const struct pkvm_host_vcpu *vcpu)
{
	(void)vcpu;
	return -PKVM_EOPNOTSUPP;
}

bool pkvm_host_has_emulated_msr(const struct pkvm_host_vm *vm, uint32_t index)
{
	(void)vm;
	return index != IA32_SMBASE;
}
