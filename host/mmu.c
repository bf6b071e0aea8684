/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The guest's own page tables, its translations, and mappings of its memory. */
#include "result.h"
#include "x86_ops.h"

static struct pkvm_status send_pgd(struct pkvm_host_vcpu *vcpu, const struct pkvm_mmu_pgd *pgd)
{
	const struct pkvm_status status = pkvm_hc_load_mmu_pgd(pgd);
	struct pkvm_host_regs *regs = &vcpu->regs;

	if (!status.error && pgd->valid & PKVM_PGD_CR3) {
		regs->cr3 = pgd->cr3;
		regs->avail |= 1u << PKVM_REG_CR3;
	}
	if (!status.error && pgd->valid & PKVM_PGD_PDPTRS) {
		regs->pdptr[0] = pgd->pdptr0;
		regs->pdptr[1] = pgd->pdptr1;
		regs->pdptr[2] = pgd->pdptr2;
		regs->pdptr[3] = pgd->pdptr3;
		regs->avail |= 1u << PKVM_REG_PDPTR;
	}
	return status;
}

/* A refusal makes the VM dead, so that no vCPU runs with the old tables. */
void pkvm_host_load_mmu_pgd(struct pkvm_host_vcpu *vcpu, const struct pkvm_mmu_pgd *pgd)
{
	if (pkvm_host_may(vcpu, PKVM_HC_load_mmu_pgd))
		pkvm_host_must(vcpu, PKVM_HC_load_mmu_pgd, pgd->valid, send_pgd(vcpu, pgd));
}

int pkvm_host_write_mmu_pgd(struct pkvm_host_vcpu *vcpu, const struct pkvm_mmu_pgd *pgd)
{
	if (!pkvm_host_may(vcpu, PKVM_HC_load_mmu_pgd))
		return 0;
	return pkvm_host_result(vcpu, PKVM_HC_load_mmu_pgd, pgd->valid, send_pgd(vcpu, pgd));
}

void pkvm_host_flush_tlb_all(struct pkvm_host_vcpu *vcpu)
{
	if (pkvm_host_may(vcpu, PKVM_HC_flush_tlb_all))
		pkvm_host_must(vcpu, PKVM_HC_flush_tlb_all, PKVM_HOST_ANY,
			       pkvm_hc_flush_tlb_all());
}

void pkvm_host_flush_tlb_current(struct pkvm_host_vcpu *vcpu)
{
	if (pkvm_host_may(vcpu, PKVM_HC_flush_tlb_current))
		pkvm_host_must(vcpu, PKVM_HC_flush_tlb_current, PKVM_HOST_ANY,
			       pkvm_hc_flush_tlb_current());
}

void pkvm_host_flush_tlb_gva(struct pkvm_host_vcpu *vcpu, uint64_t address)
{
	const struct pkvm_value in = { address };

	if (pkvm_host_may(vcpu, PKVM_HC_flush_tlb_gva))
		pkvm_host_must(vcpu, PKVM_HC_flush_tlb_gva, address,
			       pkvm_hc_flush_tlb_gva(&in));
}

void pkvm_host_flush_tlb_guest(struct pkvm_host_vcpu *vcpu)
{
	if (pkvm_host_may(vcpu, PKVM_HC_flush_tlb_guest))
		pkvm_host_must(vcpu, PKVM_HC_flush_tlb_guest, PKVM_HOST_ANY,
			       pkvm_hc_flush_tlb_guest());
}

int pkvm_host_mmu_map(struct pkvm_host_vcpu *vcpu, const struct pkvm_mapping *mapping)
{
	return pkvm_host_result(vcpu, PKVM_HC_vm_mmu_map, mapping->gpa,
				pkvm_hc_vm_mmu_map(mapping));
}

/* A pVM's memory is its own: KVM may think of reclaiming it, nothing happens. */
int pkvm_host_mmu_unmap(struct pkvm_host_vm *vm, uint64_t gpa, uint64_t size)
{
	const struct pkvm_vm_range in = { vm->handle, gpa, size };

	return vm->protected_vm ? 0 : (int)pkvm_hc_vm_mmu_unmap(&in).error;
}

int pkvm_host_mmu_age(struct pkvm_host_vm *vm, uint64_t gpa, uint64_t size, bool mkold)
{
	const struct pkvm_vm_age in = { vm->handle, gpa, size, mkold };
	struct pkvm_flag out;
	int error;

	if (vm->protected_vm)
		return 0;
	error = (int)pkvm_hc_vm_mmu_age(&in, &out).error;
	return error ? error : (int)out.value;
}
