/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The engine that executes VMX instructions (vmcs.h on a real processor).
 *
 * SDM: chapter "VMX Instruction Reference"; section "Conventions" for how an
 * instruction says that it failed.
 */
#include "vmx.h"

/* The outcome of an instruction by the flags that it left. */
#define FAILED(INVALID, VALID) ((INVALID) ? PKVM_VMX_FAIL_INVALID : (VALID) ? error() : 0)

struct descriptor {
	uint64_t word[2];
};

/* The VM-instruction error of the instruction that has just failed. */
static int error(void)
{
	uint64_t number;

	__asm__ volatile("vmread %1, %0"
			 : "=r"(number)
			 : "r"((uint64_t)PKVM_VMCS_VM_INSTRUCTION_ERROR)
			 : "cc");
	return (int)number;
}

const struct pkvm_vmx_caps *pkvm_vmcs_caps(void)
{
	struct pkvm_vmx_cpu *cpu = pkvm_vmx_cpu();

	if (!cpu->has_caps) {
		pkvm_vmx_read_caps(&cpu->caps);
		cpu->has_caps = true;
	}
	return &cpu->caps;
}

/*
 * VMX operation begins with the first user and ends with the last: a platform
 * whose host is in non-root operation is one, and the core another.
 */
int pkvm_vmcs_cpu_on(uint64_t vmxon_pa)
{
	struct pkvm_vmx_cpu *cpu = pkvm_vmx_cpu();
	bool invalid, valid;

	if (cpu->users) {
		cpu->users++;
		return PKVM_VMX_SUCCEED;
	}
	__asm__ volatile("vmxon %2"
			 : "=@ccc"(invalid), "=@ccz"(valid)
			 : "m"(vmxon_pa)
			 : "memory");
	if (invalid || valid)
		return FAILED(invalid, valid);
	cpu->users = 1;
	cpu->current = PKVM_VMX_NO_VMCS;
	return PKVM_VMX_SUCCEED;
}

int pkvm_vmcs_cpu_off(void)
{
	struct pkvm_vmx_cpu *cpu = pkvm_vmx_cpu();
	bool invalid, valid;

	if (!cpu->users)
		return PKVM_VMX_FAIL_INVALID;
	if (--cpu->users)
		return PKVM_VMX_SUCCEED;
	__asm__ volatile("vmxoff" : "=@ccc"(invalid), "=@ccz"(valid) : : "memory");
	return FAILED(invalid, valid);
}

int pkvm_vmcs_clear(uint64_t vmcs_pa)
{
	struct pkvm_vmx_cpu *cpu = pkvm_vmx_cpu();
	bool invalid, valid;

	if (!cpu->users)
		return PKVM_VMX_FAIL_INVALID;
	__asm__ volatile("vmclear %2"
			 : "=@ccc"(invalid), "=@ccz"(valid)
			 : "m"(vmcs_pa)
			 : "memory");
	if (invalid || valid)
		return FAILED(invalid, valid);
	if (cpu->current == vmcs_pa)
		cpu->current = PKVM_VMX_NO_VMCS;
	return PKVM_VMX_SUCCEED;
}

int pkvm_vmcs_load(uint64_t vmcs_pa)
{
	struct pkvm_vmx_cpu *cpu = pkvm_vmx_cpu();
	bool invalid, valid;

	if (!cpu->users)
		return PKVM_VMX_FAIL_INVALID;
	__asm__ volatile("vmptrld %2"
			 : "=@ccc"(invalid), "=@ccz"(valid)
			 : "m"(vmcs_pa)
			 : "memory");
	if (invalid || valid)
		return FAILED(invalid, valid);
	cpu->current = vmcs_pa;
	return PKVM_VMX_SUCCEED;
}

uint64_t pkvm_vmx_pointer(void)
{
	uint64_t pointer = PKVM_VMX_NO_VMCS;

	__asm__ volatile("vmptrst %0" : "=m"(pointer) : : "cc");
	return pointer;
}

int pkvm_vmcs_read(uint32_t encoding, uint64_t *value)
{
	bool invalid, valid;
	uint64_t read;

	if (!pkvm_vmx_cpu()->users)
		return PKVM_VMX_FAIL_INVALID;
	__asm__ volatile("vmread %3, %2"
			 : "=@ccc"(invalid), "=@ccz"(valid), "=r"(read)
			 : "r"((uint64_t)encoding));
	if (invalid || valid)
		return FAILED(invalid, valid);
	*value = read;
	return PKVM_VMX_SUCCEED;
}

int pkvm_vmcs_write(uint32_t encoding, uint64_t value)
{
	bool invalid, valid;

	if (!pkvm_vmx_cpu()->users)
		return PKVM_VMX_FAIL_INVALID;
	__asm__ volatile("vmwrite %3, %2"
			 : "=@ccc"(invalid), "=@ccz"(valid)
			 : "r"((uint64_t)encoding), "r"(value)
			 : "memory");
	return FAILED(invalid, valid);
}

/*
 * A VMCS that was cleared may have come from another CPU: the host state is that
 * of the CPU on which it is launched.
 */
int pkvm_vmcs_enter(struct pkvm_guest_regs *regs, bool resume)
{
	int failed;

	if (!pkvm_vmx_cpu()->users || pkvm_vmx_cpu()->current == PKVM_VMX_NO_VMCS)
		return PKVM_VMX_FAIL_INVALID;
	if (!resume)
		pkvm_vmx_host_state(pkvm_vmcs_caps());
	failed = pkvm_vmx_enter(regs, resume);
	return FAILED(failed & PKVM_VMX_ENTER_INVALID, failed & PKVM_VMX_ENTER_VALID);
}

int pkvm_vmcs_invept(uint64_t type, uint64_t eptp)
{
	const struct descriptor descriptor = {{eptp, 0}};
	bool invalid, valid;

	if (!pkvm_vmx_cpu()->users)
		return PKVM_VMX_FAIL_INVALID;
	__asm__ volatile("invept %2, %3"
			 : "=@ccc"(invalid), "=@ccz"(valid)
			 : "m"(descriptor), "r"(type)
			 : "memory");
	return FAILED(invalid, valid);
}

int pkvm_vmcs_invvpid(uint64_t type, uint16_t vpid, uint64_t address)
{
	const struct descriptor descriptor = {{vpid, address}};
	bool invalid, valid;

	if (!pkvm_vmx_cpu()->users)
		return PKVM_VMX_FAIL_INVALID;
	__asm__ volatile("invvpid %2, %3"
			 : "=@ccc"(invalid), "=@ccz"(valid)
			 : "m"(descriptor), "r"(type)
			 : "memory");
	return FAILED(invalid, valid);
}
