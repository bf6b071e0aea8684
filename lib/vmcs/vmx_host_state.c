/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The host-state area of the current VMCS: the calling CPU as it is now, since
 * that is what a VM exit shall bring back. Optional fields are written only
 * where the processor has them.
 *
 * SDM: section "Host-State Area"; chapter "VM Exits", section "Loading Host State".
 */
#include "access.h"
#include "controls.h"
#include "vmx.h"

#define IA32_SYSENTER_CS  0x174u
#define IA32_SYSENTER_ESP 0x175u
#define IA32_SYSENTER_EIP 0x176u
#define IA32_PAT          0x277u
#define IA32_EFER         0xc0000080u
#define IA32_FS_BASE      0xc0000100u
#define IA32_GS_BASE      0xc0000101u

/* Selector fields hold neither RPL nor TI. */
#define SELECTOR_INDEX 0xfff8u

/* What SGDT and SIDT store. */
struct table_register {
	uint16_t limit;
	uint16_t base[4];
};

static uint64_t base_of(const struct table_register *table)
{
	uint64_t base = 0;

	for (unsigned int i = 0; i < 4; i++)
		base |= (uint64_t)table->base[i] << 16 * i;
	return base;
}

static uint64_t msr(uint32_t index)
{
	uint64_t value = 0;

	if (!pkvm_plat_rdmsr(index, &value))
		pkvm_plat_panic("an MSR that VM exits load cannot be read");
	return value;
}

/* The base of the TSS stands in its 16-byte descriptor. */
static uint64_t tss_base(uint64_t gdt, uint16_t selector)
{
	const uint64_t *descriptor =
		(const uint64_t *)(uintptr_t)(gdt + (selector & SELECTOR_INDEX));
	const uint64_t low = descriptor[0];

	return (low >> 16 & 0xffffff) | (low >> 56 & 0xff) << 24 | descriptor[1] << 32;
}

static void write_selector(uint32_t field, uint16_t selector)
{
	pkvm_vmwrite(field, selector & SELECTOR_INDEX);
}

static void write_segments(void)
{
	uint16_t es, cs, ss, ds, fs, gs;

	__asm__("movw %%es, %0" : "=rm"(es));
	__asm__("movw %%cs, %0" : "=rm"(cs));
	__asm__("movw %%ss, %0" : "=rm"(ss));
	__asm__("movw %%ds, %0" : "=rm"(ds));
	__asm__("movw %%fs, %0" : "=rm"(fs));
	__asm__("movw %%gs, %0" : "=rm"(gs));
	write_selector(PKVM_VMCS_HOST_ES_SELECTOR, es);
	write_selector(PKVM_VMCS_HOST_CS_SELECTOR, cs);
	write_selector(PKVM_VMCS_HOST_SS_SELECTOR, ss);
	write_selector(PKVM_VMCS_HOST_DS_SELECTOR, ds);
	write_selector(PKVM_VMCS_HOST_FS_SELECTOR, fs);
	write_selector(PKVM_VMCS_HOST_GS_SELECTOR, gs);
	pkvm_vmwrite(PKVM_VMCS_HOST_FS_BASE, msr(IA32_FS_BASE));
	pkvm_vmwrite(PKVM_VMCS_HOST_GS_BASE, msr(IA32_GS_BASE));
}

static void write_tables(void)
{
	struct table_register gdt, idt;
	uint16_t tr;

	__asm__ volatile("sgdt %0" : "=m"(gdt));
	__asm__ volatile("sidt %0" : "=m"(idt));
	__asm__("str %0" : "=rm"(tr));
	write_selector(PKVM_VMCS_HOST_TR_SELECTOR, tr);
	pkvm_vmwrite(PKVM_VMCS_HOST_TR_BASE, tss_base(base_of(&gdt), tr));
	pkvm_vmwrite(PKVM_VMCS_HOST_GDTR_BASE, base_of(&gdt));
	pkvm_vmwrite(PKVM_VMCS_HOST_IDTR_BASE, base_of(&idt));
}

static void write_control_registers(void)
{
	uint64_t cr0, cr3, cr4;

	__asm__ volatile("movq %%cr0, %0" : "=r"(cr0));
	__asm__ volatile("movq %%cr3, %0" : "=r"(cr3));
	__asm__ volatile("movq %%cr4, %0" : "=r"(cr4));
	pkvm_vmwrite(PKVM_VMCS_HOST_CR0, cr0);
	pkvm_vmwrite(PKVM_VMCS_HOST_CR3, cr3);
	pkvm_vmwrite(PKVM_VMCS_HOST_CR4, cr4);
}

void pkvm_vmx_host_state(const struct pkvm_vmx_caps *caps)
{
	const uint32_t exit_controls = (uint32_t)(caps->exit_ctls >> 32);

	write_control_registers();
	write_segments();
	write_tables();
	pkvm_vmwrite(PKVM_VMCS_HOST_IA32_SYSENTER_CS, msr(IA32_SYSENTER_CS));
	pkvm_vmwrite(PKVM_VMCS_HOST_IA32_SYSENTER_ESP, msr(IA32_SYSENTER_ESP));
	pkvm_vmwrite(PKVM_VMCS_HOST_IA32_SYSENTER_EIP, msr(IA32_SYSENTER_EIP));
	if (exit_controls & PKVM_VMX_EXIT_LOAD_PAT)
		pkvm_vmwrite(PKVM_VMCS_HOST_IA32_PAT, msr(IA32_PAT));
	if (exit_controls & PKVM_VMX_EXIT_LOAD_EFER)
		pkvm_vmwrite(PKVM_VMCS_HOST_IA32_EFER, msr(IA32_EFER));
	pkvm_vmwrite(PKVM_VMCS_HOST_RIP, (uint64_t)(uintptr_t)pkvm_vmx_exit);
}
