/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The life of a vCPU on the host's side, and running it. */
#include "exception_vcpu.h"
#include "irqchip.h"
#include "platform.h"
#include "post.h"
#include "reclaim.h"
#include "registers.h"
#include "result.h"
#include "summary.h"
#include "x86_ops.h"

#define RIP_AT_RESET        PKVM_U64(0xfff0)
#define APIC_BASE_AT_RESET  PKVM_U64(0xfee00800)
#define APIC_BASE_EXTD      PKVM_BIT(10)
#define APIC_BASE_BSP       PKVM_BIT(8)
#define SIGNATURE           0x600u      /* until a CPUID table says another one */

/* What a vCPU is made of; the page is shared, the rest donated. */
struct parts {
	struct pkvm_host_range page;
	struct pkvm_host_range area;
	struct pkvm_host_range fpstate;
};

static void free_parts(struct parts *parts)
{
	pkvm_host_range_free(&parts->page);
	pkvm_host_range_free(&parts->area);
	pkvm_host_range_free(&parts->fpstate);
}

static bool alloc_parts(const struct pkvm_host_vm *vm, struct parts *parts)
{
	const struct pkvm_answer *answer = &vm->host->answer;

	*parts = (struct parts){ 0 };
	if (pkvm_host_range_alloc(&parts->page, PKVM_PAGE_SIZE) &&
	    pkvm_host_range_alloc(&parts->area, answer->vcpu_area_size) &&
	    (!vm->protected_vm ||
	     pkvm_host_range_alloc(&parts->fpstate, answer->fpstate_size)))
		return true;
	free_parts(parts);
	return false;
}

static uint64_t apic_base_at_reset(const struct pkvm_host_vcpu *vcpu)
{
	return APIC_BASE_AT_RESET | (vcpu->id ? 0 : APIC_BASE_BSP) |
	       (pkvm_host_is_protected(vcpu) ? APIC_BASE_EXTD : 0);
}

static void fill(struct pkvm_host_vcpu *vcpu, const struct parts *parts, uint64_t handle)
{
	vcpu->handle = handle;
	vcpu->page_pa = parts->page.pa;
	vcpu->page = pkvm_host_plat_ptr(parts->page.pa);
	vcpu->fpstate_size = parts->fpstate.pages * PKVM_PAGE_SIZE;
	vcpu->cpu = PKVM_HOST_NO_CPU;
	vcpu->signature = SIGNATURE;
	vcpu->tsc.multiplier = PKVM_TSC_MULTIPLIER_ONE;
	vcpu->apic_base = apic_base_at_reset(vcpu);
	pkvm_host_regs_reset(vcpu, false);
	pkvm_host_lock(vcpu->vm);
	vcpu->next = vcpu->vm->vcpus;
	vcpu->vm->vcpus = vcpu;
	pkvm_host_unlock(vcpu->vm);
}

int pkvm_host_vcpu_create(struct pkvm_host_vm *vm, struct pkvm_host_vcpu *vcpu, uint32_t id)
{
	struct pkvm_vcpu_config in = { .vm = vm->handle, .id = id };
	struct pkvm_vcpu_handle out;
	struct parts parts;
	int error;

	*vcpu = (struct pkvm_host_vcpu){ .vm = vm, .id = id };
	if (!alloc_parts(vm, &parts))
		return -PKVM_ENOMEM;
	in.page = parts.page.pa;
	in.area = parts.area.pa;
	in.area_size = parts.area.pages * PKVM_PAGE_SIZE;
	in.fpstate = parts.fpstate.pa;
	in.fpstate_size = parts.fpstate.pages * PKVM_PAGE_SIZE;
	error = pkvm_host_result(vcpu, PKVM_HC_vcpu_create, id, pkvm_hc_vcpu_create(&in, &out));
	if (error)
		free_parts(&parts);
	else
		fill(vcpu, &parts, out.vcpu);
	return error;
}

static void unlink_vcpu(struct pkvm_host_vcpu *vcpu)
{
	struct pkvm_host_vcpu **at = &vcpu->vm->vcpus;

	pkvm_host_lock(vcpu->vm);
	while (*at && *at != vcpu)
		at = &(*at)->next;
	if (*at)
		*at = vcpu->next;
	vcpu->next = NULL;
	pkvm_host_unlock(vcpu->vm);
}

/* After a refusal everything is the hypervisor's still, and nothing is freed. */
int pkvm_host_vcpu_free(struct pkvm_host_vcpu *vcpu)
{
	const struct pkvm_vcpu_handle in = { vcpu->handle };
	struct pkvm_host_range page = { vcpu->page_pa, 1 };
	struct pkvm_reclaim out;
	uint64_t pages;
	int error;

	if (vcpu->cpu == pkvm_host_plat_cpu())
		pkvm_host_vcpu_put(vcpu);
	if (vcpu->lapic)
		pkvm_host_irqchip_remove_lapic(vcpu->lapic);
	error = pkvm_host_result(vcpu, PKVM_HC_vcpu_free, PKVM_HOST_ANY,
				 pkvm_hc_vcpu_free(&in, &out));
	if (error)
		return error;
	error = pkvm_host_reclaim(&out, &pages);
	vcpu->vm->reclaimed += pages;
	pkvm_host_range_free(&page);
	vcpu->handle = 0;
	vcpu->page = NULL;
	vcpu->exceptions = NULL;
	unlink_vcpu(vcpu);
	return error;
}

void pkvm_host_vcpu_load_now(struct pkvm_host_vcpu *vcpu)
{
	const struct pkvm_vcpu_handle in = { vcpu->handle };

	vcpu->load_due = false;
	if (pkvm_host_must(vcpu, PKVM_HC_vcpu_load, PKVM_HOST_ANY, pkvm_hc_vcpu_load(&in)))
		vcpu->cpu = pkvm_host_plat_cpu();
}

/* The next run names the vCPU and so loads it; a call before that does it itself. */
void pkvm_host_vcpu_load(struct pkvm_host_vcpu *vcpu)
{
	if (pkvm_host_has_feature(vcpu->vm, PKVM_FEAT_posting) && pkvm_host_has_summary(vcpu))
		vcpu->load_due = true;
	else
		pkvm_host_vcpu_load_now(vcpu);
}

void pkvm_host_vcpu_put(struct pkvm_host_vcpu *vcpu)
{
	const struct pkvm_vcpu_handle in = { vcpu->handle };
	const bool never_loaded = vcpu->load_due && vcpu->cpu == PKVM_HOST_NO_CPU;

	vcpu->load_due = false;
	if (never_loaded)
		return;
	if (pkvm_host_must(vcpu, PKVM_HC_vcpu_put, PKVM_HOST_ANY, pkvm_hc_vcpu_put(&in)))
		vcpu->cpu = PKVM_HOST_NO_CPU;
}

/* A pVM's hypervisor resets it; the host fills what it may still choose. */
static void reset_page(struct pkvm_host_vcpu *vcpu)
{
	if (pkvm_host_is_hidden(vcpu))
		return;
	vcpu->page->regs = (struct pkvm_page_regs){ .rip = RIP_AT_RESET };
	vcpu->page->regs.gpr[PKVM_HOST_RDX] = vcpu->signature;
}

void pkvm_host_vcpu_reset(struct pkvm_host_vcpu *vcpu, bool init_event)
{
	const struct pkvm_flag in = { init_event };

	vcpu->segment_cache.valid = 0;
	vcpu->segment_cache.base_valid = 0;
	vcpu->requeued = (struct pkvm_cancelled){ 0 };
	vcpu->halted = false;
	vcpu->stepped = false;
	pkvm_host_regs_reset(vcpu, init_event);
	if (!init_event) {
		vcpu->apic_base = apic_base_at_reset(vcpu);
		vcpu->apicv_active &= pkvm_host_is_protected(vcpu);
	}
	if (vcpu->lapic)
		pkvm_host_lapic_reset(vcpu->lapic);
	pkvm_host_forget_exceptions(vcpu);
	if (pkvm_host_may(vcpu, PKVM_HC_vcpu_reset))
		pkvm_host_must(vcpu, PKVM_HC_vcpu_reset, init_event, pkvm_hc_vcpu_reset(&in));
	else
		reset_page(vcpu);
}

static void count_exit(struct pkvm_host_vcpu *vcpu, const struct pkvm_run_exit *exit)
{
	vcpu->stats.runs++;
	if (exit->kind < PKVM_NR_EXITS)
		vcpu->stats.exits[exit->kind]++;
	if (exit->kind == PKVM_EXIT_VMX && exit->word0 < PKVM_HOST_VMX_REASONS)
		vcpu->stats.vmx_exits[exit->word0]++;
}

/* An npVM's exit without an entry: the page has the registers that went in. */
static bool is_before_entry(const struct pkvm_run_exit *exit)
{
	return exit->kind == PKVM_EXIT_WAIT_FOR_SIPI || exit->kind == PKVM_EXIT_NEED_PAGES;
}

/*
 * A pVM's vCPU that ran dry of pages has run before, or runs when it has them:
 * hiding it early denies nothing that a VMM would still do.
 */
int pkvm_host_vcpu_run(struct pkvm_host_vcpu *vcpu, struct pkvm_run_exit *exit)
{
	const struct pkvm_run in = { vcpu->handle, vcpu->posted ? PKVM_RUN_POSTED : 0 };
	int error;

	*exit = (struct pkvm_run_exit){ 0 };
	if (pkvm_host_is_dead(vcpu->vm))
		return -PKVM_HOST_EIO;
	error = pkvm_host_result(vcpu, PKVM_HC_vcpu_run, PKVM_HOST_ANY,
				 pkvm_hc_vcpu_run(&in, exit));
	if (error)
		return error;
	vcpu->cpu = pkvm_host_plat_cpu();
	vcpu->load_due = false;
	pkvm_host_conclude_posted(vcpu);
	count_exit(vcpu, exit);
	vcpu->instruction_length = exit->kind == PKVM_EXIT_VMX ? exit->word3 : 0;
	if (pkvm_host_is_protected(vcpu) && exit->kind != PKVM_EXIT_WAIT_FOR_SIPI)
		pkvm_host_hide(vcpu);
	if (!pkvm_host_is_protected(vcpu) && !is_before_entry(exit))
		pkvm_host_regs_refresh(vcpu);
	return 0;
}
