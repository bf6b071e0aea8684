/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The host's stubs, one for each of KVM's x86 operations that the hypervisor
 * carries out: pkvm_host_<operation>(). What a call does stands at its prototype
 * in <pkvm/<topic>.h>, the rules that all stubs obey in result.h.
 *
 * Those about a vCPU's state need it loaded on this CPU, as in KVM.
 */
#ifndef PKVM_HOST_X86_OPS_H
#define PKVM_HOST_X86_OPS_H

#include "host.h"

/* core.c: in this order, each 0 or a negative errno */
PKVM_MUST_CHECK int pkvm_host_negotiate(struct pkvm_host *host);
/*
 * For a host that does without some features: without posting it calls for what it
 * would post, without event_summary for what it would read.
 */
PKVM_MUST_CHECK int pkvm_host_negotiate_without(struct pkvm_host *host, uint64_t features);
PKVM_MUST_CHECK int pkvm_host_boot(const struct pkvm_memory_region *region, uint64_t count);
PKVM_MUST_CHECK int pkvm_host_enable_virtualization_cpu(void);
PKVM_MUST_CHECK int pkvm_host_disable_virtualization_cpu(void);
PKVM_MUST_CHECK int pkvm_host_has_wbinvd_exit(bool *yes);

/* vm.c; a failed vm_init leaves nothing behind */
PKVM_MUST_CHECK int pkvm_host_vm_init(struct pkvm_host_vm *vm, const struct pkvm_host *host,
				      uint64_t type, uint64_t max_vcpus);
PKVM_MUST_CHECK int pkvm_host_vm_enable_cap(struct pkvm_host_vm *vm, uint64_t cap,
					    uint64_t argument);
PKVM_MUST_CHECK int pkvm_host_vm_x2apic_api(struct pkvm_host_vm *vm, uint64_t flags,
					    uint64_t *supported);
/*
 * The irqchip mode, and the controllers that come with it; chip lives as long as
 * the VM. -EINVAL also for PKVM_IRQCHIP_KERNEL while suppression is enabled.
 */
PKVM_MUST_CHECK int pkvm_host_vm_create_irqchip(struct pkvm_host_vm *vm,
						struct pkvm_host_irqchip *chip, uint32_t mode);
/* Nothing to do for an npVM. */
PKVM_MUST_CHECK int pkvm_host_vm_finalize(struct pkvm_host_vm *vm);
/* Donates so many pages to the pool of page-table pages. */
PKVM_MUST_CHECK int pkvm_host_vm_topup(struct pkvm_host_vm *vm, uint64_t pages);
/* Frees vCPUs (bound to this CPU or to none), VM and memory; may be repeated. */
PKVM_MUST_CHECK int pkvm_host_vm_destroy(struct pkvm_host_vm *vm);

/* vcpu.c; a failed vcpu_create leaves nothing behind */
PKVM_MUST_CHECK int pkvm_host_vcpu_create(struct pkvm_host_vm *vm,
					  struct pkvm_host_vcpu *vcpu, uint32_t id);
PKVM_MUST_CHECK int pkvm_host_vcpu_free(struct pkvm_host_vcpu *vcpu);
/* With posting the load is left to the next run, once the vCPU was loaded. */
void pkvm_host_vcpu_load(struct pkvm_host_vcpu *vcpu);
void pkvm_host_vcpu_load_now(struct pkvm_host_vcpu *vcpu);
void pkvm_host_vcpu_put(struct pkvm_host_vcpu *vcpu);
void pkvm_host_vcpu_reset(struct pkvm_host_vcpu *vcpu, bool init_event);
PKVM_MUST_CHECK int pkvm_host_vcpu_run(struct pkvm_host_vcpu *vcpu,
				       struct pkvm_run_exit *exit);

/*
 * The write_* below are what the set_* are, with a result: for values that a
 * guest or a VMM chose, whose -EINVAL is theirs to bear.
 *
 * segment.c; a register that cannot be read is all zero
 */
PKVM_MUST_CHECK int pkvm_host_write_segment(struct pkvm_host_vcpu *vcpu,
					    const struct pkvm_host_segment *segment,
					    uint32_t index);
void pkvm_host_set_segment(struct pkvm_host_vcpu *vcpu,
			   const struct pkvm_host_segment *segment, uint32_t index);
void pkvm_host_get_segment(struct pkvm_host_vcpu *vcpu, struct pkvm_host_segment *segment,
			   uint32_t index);
uint64_t pkvm_host_get_segment_base(struct pkvm_host_vcpu *vcpu, uint32_t index);
int pkvm_host_get_cpl(struct pkvm_host_vcpu *vcpu);
void pkvm_host_get_cs_db_l_bits(struct pkvm_host_vcpu *vcpu, bool *db, bool *l);
/* For whoever preempted the vCPU's thread: neither reads nor writes the cache. */
int pkvm_host_get_cpl_no_cache(struct pkvm_host_vcpu *vcpu);

/* descriptor_table.c */
PKVM_MUST_CHECK int pkvm_host_write_gdt(struct pkvm_host_vcpu *vcpu,
					const struct pkvm_descriptor_table *dt);
PKVM_MUST_CHECK int pkvm_host_write_idt(struct pkvm_host_vcpu *vcpu,
					const struct pkvm_descriptor_table *dt);
void pkvm_host_set_gdt(struct pkvm_host_vcpu *vcpu, const struct pkvm_descriptor_table *dt);
void pkvm_host_get_gdt(struct pkvm_host_vcpu *vcpu, struct pkvm_descriptor_table *dt);
void pkvm_host_set_idt(struct pkvm_host_vcpu *vcpu, const struct pkvm_descriptor_table *dt);
void pkvm_host_get_idt(struct pkvm_host_vcpu *vcpu, struct pkvm_descriptor_table *dt);

/* control_register.c */
void pkvm_host_set_cr0(struct pkvm_host_vcpu *vcpu, uint64_t cr0);
void pkvm_host_set_cr4(struct pkvm_host_vcpu *vcpu, uint64_t cr4);
PKVM_MUST_CHECK int pkvm_host_set_efer(struct pkvm_host_vcpu *vcpu, uint64_t efer);
PKVM_MUST_CHECK int pkvm_host_write_cr0(struct pkvm_host_vcpu *vcpu, uint64_t cr0);
PKVM_MUST_CHECK int pkvm_host_write_cr4(struct pkvm_host_vcpu *vcpu, uint64_t cr4);
void pkvm_host_set_dr7(struct pkvm_host_vcpu *vcpu, uint64_t dr7);
PKVM_MUST_CHECK int pkvm_host_write_dr7(struct pkvm_host_vcpu *vcpu, uint64_t dr7);
void pkvm_host_cache_reg(struct pkvm_host_vcpu *vcpu, uint32_t reg);
uint64_t pkvm_host_read_cr0(struct pkvm_host_vcpu *vcpu);
uint64_t pkvm_host_read_cr3(struct pkvm_host_vcpu *vcpu);
uint64_t pkvm_host_read_cr4(struct pkvm_host_vcpu *vcpu);
uint64_t pkvm_host_read_efer(struct pkvm_host_vcpu *vcpu);
uint64_t pkvm_host_read_pdptr(struct pkvm_host_vcpu *vcpu, uint32_t index);

/* rflags.c; a pVM's if_flag is interrupt_allowed(0) */
PKVM_MUST_CHECK int pkvm_host_write_rflags(struct pkvm_host_vcpu *vcpu, uint64_t rflags);
uint64_t pkvm_host_get_rflags(struct pkvm_host_vcpu *vcpu);
void pkvm_host_set_rflags(struct pkvm_host_vcpu *vcpu, uint64_t rflags);
bool pkvm_host_get_if_flag(struct pkvm_host_vcpu *vcpu);

/* msr.c; IA32_TSC and IA32_TSC_ADJUST are the host's own for both kinds of VM */
PKVM_MUST_CHECK int pkvm_host_set_msr(struct pkvm_host_vcpu *vcpu, uint32_t index,
				      uint64_t value);
PKVM_MUST_CHECK int pkvm_host_get_msr(struct pkvm_host_vcpu *vcpu, uint32_t index,
				      uint64_t *value);
/* Ends the guest's RDMSR (vcpu->read_msr) or WRMSR: behind it, or at it with #GP(0). */
void pkvm_host_complete_emulated_msr(struct pkvm_host_vcpu *vcpu, bool error, uint64_t value);
bool pkvm_host_has_emulated_msr(const struct pkvm_host_vm *vm, uint32_t index);

/* mmu.c */
PKVM_MUST_CHECK int pkvm_host_write_mmu_pgd(struct pkvm_host_vcpu *vcpu,
					    const struct pkvm_mmu_pgd *pgd);
void pkvm_host_load_mmu_pgd(struct pkvm_host_vcpu *vcpu, const struct pkvm_mmu_pgd *pgd);
void pkvm_host_flush_tlb_all(struct pkvm_host_vcpu *vcpu);
void pkvm_host_flush_tlb_current(struct pkvm_host_vcpu *vcpu);
void pkvm_host_flush_tlb_gva(struct pkvm_host_vcpu *vcpu, uint64_t address);
void pkvm_host_flush_tlb_guest(struct pkvm_host_vcpu *vcpu);
PKVM_MUST_CHECK int pkvm_host_mmu_map(struct pkvm_host_vcpu *vcpu,
				      const struct pkvm_mapping *mapping);
PKVM_MUST_CHECK int pkvm_host_mmu_unmap(struct pkvm_host_vm *vm, uint64_t gpa, uint64_t size);
/* 1 young, 0 old, negative: nothing is known. */
PKVM_MUST_CHECK int pkvm_host_mmu_age(struct pkvm_host_vm *vm, uint64_t gpa, uint64_t size,
				      bool mkold);

/* interruptibility.c; the *_allowed answer 1, 0, or a negative errno */
void pkvm_host_set_interrupt_shadow(struct pkvm_host_vcpu *vcpu, uint32_t mask);
uint32_t pkvm_host_get_interrupt_shadow(struct pkvm_host_vcpu *vcpu);
PKVM_MUST_CHECK int pkvm_host_interrupt_allowed(struct pkvm_host_vcpu *vcpu,
						bool for_injection);
PKVM_MUST_CHECK int pkvm_host_nmi_allowed(struct pkvm_host_vcpu *vcpu, bool for_injection);
void pkvm_host_enable_irq_window(struct pkvm_host_vcpu *vcpu);
void pkvm_host_enable_nmi_window(struct pkvm_host_vcpu *vcpu);
bool pkvm_host_get_nmi_mask(struct pkvm_host_vcpu *vcpu);
void pkvm_host_set_nmi_mask(struct pkvm_host_vcpu *vcpu, bool masked);

/* event.c */
void pkvm_host_inject_irq(struct pkvm_host_vcpu *vcpu, const struct pkvm_irq *irq);
/* 1 delivered, 0 the window is open, or a negative errno. */
PKVM_MUST_CHECK int pkvm_host_inject_irq_if_allowed(struct pkvm_host_vcpu *vcpu,
						    uint32_t vector);
void pkvm_host_inject_nmi(struct pkvm_host_vcpu *vcpu);
void pkvm_host_inject_exception(struct pkvm_host_vcpu *vcpu,
				const struct pkvm_exception *exception);
/* What was taken back is in vcpu->requeued. */
void pkvm_host_cancel_injection(struct pkvm_host_vcpu *vcpu);
void pkvm_host_update_exception_bitmap(struct pkvm_host_vcpu *vcpu);
void pkvm_host_deliver_sipi(struct pkvm_host_vcpu *vcpu, uint32_t vector);
/* RIP behind the instruction, no interrupt shadow; a pVM's hypervisor has done it. */
void pkvm_host_skip_emulated_instruction(struct pkvm_host_vcpu *vcpu, uint64_t length);

/*
 * lapic_base.c: IA32_APIC_BASE, by the guest or by the VMM. -EINVAL: a reserved bit,
 * no such mode, or the guest's change of mode is none that the SDM has.
 */
PKVM_MUST_CHECK int pkvm_host_set_apic_base(struct pkvm_host_vcpu *vcpu, uint64_t base,
					    bool guest);

/* apic.c; no vector is -1 */
void pkvm_host_update_cr8_intercept(struct pkvm_host_vcpu *vcpu, uint32_t tpr, int irr);
void pkvm_host_set_virtual_apic_mode(struct pkvm_host_vcpu *vcpu);
void pkvm_host_refresh_apicv_exec_ctrl(struct pkvm_host_vcpu *vcpu);
void pkvm_host_load_eoi_exitmap(struct pkvm_host_vcpu *vcpu, const uint64_t bitmap[4]);
void pkvm_host_hwapic_isr_update(struct pkvm_host_vcpu *vcpu, int vector);
int pkvm_host_sync_pir_to_irr(struct pkvm_host_vcpu *vcpu);
bool pkvm_host_protected_apic_has_interrupt(struct pkvm_host_vcpu *vcpu);

/* cpuid.c, fpstate.c; a pVM's fpstate grows first when the table needs that */
PKVM_MUST_CHECK int pkvm_host_vcpu_after_set_cpuid(struct pkvm_host_vcpu *vcpu,
						   const struct pkvm_cpuid_entry *entry,
						   uint32_t count);
PKVM_MUST_CHECK int pkvm_host_vcpu_add_fpstate(struct pkvm_host_vcpu *vcpu, uint64_t size);

/* tsc.c, mce.c */
void pkvm_host_write_tsc_offset(struct pkvm_host_vcpu *vcpu, uint64_t offset);
void pkvm_host_write_tsc_multiplier(struct pkvm_host_vcpu *vcpu, uint64_t multiplier);
void pkvm_host_setup_mce(struct pkvm_host_vcpu *vcpu, uint64_t mcg_cap);

/* smm.c: there is no system management mode */
int pkvm_host_smi_allowed(const struct pkvm_host_vcpu *vcpu, bool for_injection);
int pkvm_host_enter_smm(const struct pkvm_host_vcpu *vcpu);

#endif
