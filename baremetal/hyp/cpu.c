/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The calling CPU made ready: descriptor tables, GS, control registers, caches. */
#include "../common/exception.h"
#include "../common/x86.h"
#include "cpu.h"

#include <pkvm/control_register.h>

#define IA32_FEATURE_CONTROL  0x3au
#define IA32_MTRR_DEF_TYPE    0x2ffu
#define IA32_GS_BASE          0xc0000101u
#define FEATURE_CONTROL_VMXON PKVM_U64(5) /* locked, VMXON outside SMX */
#define MTRR_ALL_WRITE_BACK   PKVM_U64(0x806)

/* Words of the ROM's header (rom.S). */
enum { ROM_WORD_NO_PRIMARY = 6, ROM_WORD_NO_SECONDARY };

struct cpu cpus[MAP_MAX_CPUS];

/* One bit of CPUID, word 0 EAX to 3 EDX; leaves above the last one have none. */
static bool has(uint32_t leaf, unsigned int word, unsigned int bit)
{
	struct pkvm_cpuid_regs regs;

	pkvm_plat_cpuid(0, 0, &regs);
	if (leaf > regs.eax)
		return false;
	pkvm_plat_cpuid(leaf, 0, &regs);
	return (const uint32_t[]){regs.eax, regs.ebx, regs.ecx, regs.edx}[word] >> bit & 1;
}

static void read_features(struct cpu *cpu)
{
	struct pkvm_cpuid_regs regs;

	pkvm_plat_cpuid(PKVM_CPUID_VERSION, 0, &regs);
	cpu->apic_id = regs.ebx >> 24;
	cpu->has_x2apic = has(PKVM_CPUID_VERSION, 2, 21);
	cpu->has_xsave = has(PKVM_CPUID_VERSION, 2, 26);
	cpu->has_pku = has(PKVM_CPUID_FEATURES, 2, 3);
	if (!cpu->has_xsave)
		return;
	pkvm_plat_cpuid(PKVM_CPUID_XSAVE, 1, &regs);
	cpu->xsave_features = regs.eax;
}

/* What the ROM's header says that the processor shall not have. */
static void read_vmx_features(struct pkvm_vmx_cpu *vmx)
{
	const uint32_t *header = (const uint32_t *)(uintptr_t)MAP_ROM;
	const uint64_t primary = (uint64_t)header[ROM_WORD_NO_PRIMARY] << 32;
	const uint64_t secondary = (uint64_t)header[ROM_WORD_NO_SECONDARY] << 32;

	pkvm_vmx_read_caps(&vmx->caps);
	vmx->caps.procbased_ctls &= ~primary;
	vmx->caps.true_procbased_ctls &= ~primary;
	vmx->caps.procbased_ctls2 &= ~secondary;
	vmx->has_caps = true;
}

static void must_wrmsr(uint32_t index, uint64_t value)
{
	if (!pkvm_plat_wrmsr(index, value))
		pkvm_plat_panic("an MSR cannot be written");
}

/* No firmware has been here: it would have done the last two. */
static void write_registers(const struct cpu *cpu)
{
	uint64_t feature_control = 0;
	uint64_t cr4 = PKVM_CR4_PAE | PKVM_CR4_OSFXSR | PKVM_CR4_OSXMMEXCPT | PKVM_CR4_VMXE;

	must_wrmsr(IA32_GS_BASE, (uintptr_t)cpu);
	if (cpu->has_xsave)
		cr4 |= PKVM_CR4_OSXSAVE;
	if (cpu->has_pku)
		cr4 |= PKVM_CR4_PKE;
	if (has(PKVM_CPUID_VERSION, 3, 7))
		cr4 |= PKVM_CR4_MCE;
	x86_write_cr4(cr4);
	if (has(PKVM_CPUID_VERSION, 3, 12))
		must_wrmsr(IA32_MTRR_DEF_TYPE, MTRR_ALL_WRITE_BACK);
	if (pkvm_plat_rdmsr(IA32_FEATURE_CONTROL, &feature_control) && !(feature_control & 1))
		must_wrmsr(IA32_FEATURE_CONTROL, FEATURE_CONTROL_VMXON);
}

struct cpu *cpu_start(uint32_t number)
{
	struct cpu *cpu = &cpus[number];

	cpu->self = cpu;
	cpu->number = number;
	read_features(cpu);
	tables_load(&cpu->tables);
	exception_load();
	write_registers(cpu);
	read_vmx_features(&cpu->vmx);
	return cpu;
}
