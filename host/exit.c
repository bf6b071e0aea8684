/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A pVM's exits, by kind; an npVM's go on to exit_vmx.c. */
#include "exit.h"
#include "lapic.h"
#include "memory.h"
#include "platform.h"
#include "x86_ops.h"

enum pkvm_host_stop pkvm_host_fail(struct pkvm_host_loop *loop, int error)
{
	if (!loop->error)
		loop->error = error;
	return PKVM_HOST_STOP_FAILED;
}

enum pkvm_host_stop pkvm_host_handle_fault(struct pkvm_host_loop *loop, uint64_t gpa)
{
	const int error = pkvm_host_memory_map(loop->vcpu, gpa);

	if (error == -PKVM_ENOENT)
		return PKVM_HOST_STOP_NO_MEMORY;
	return error ? pkvm_host_fail(loop, error) : PKVM_HOST_GO;
}

static enum pkvm_host_stop need_pages(struct pkvm_host_loop *loop)
{
	const int error = pkvm_host_vm_topup(loop->vcpu->vm, loop->exit.word0);

	return error ? pkvm_host_fail(loop, error) : PKVM_HOST_GO;
}

/* The value first, then the word that makes it an answer. */
static void in(struct pkvm_host_loop *loop)
{
	struct pkvm_page_reply *reply = &loop->vcpu->page->reply;

	reply->status = 0;
	reply->word[0] = pkvm_host_port_in(loop, (uint16_t)loop->exit.word0,
					   (uint32_t)loop->exit.word1);
	__atomic_store_n(&reply->valid, 1, __ATOMIC_RELEASE);
}

void pkvm_host_tell_eoi(struct pkvm_host_loop *loop, uint32_t vector)
{
	if (loop->devices->eoi)
		loop->devices->eoi(loop->devices->opaque, loop->vcpu, vector);
}

/* An EOI whose broadcast goes on to the I/O APIC of user space. */
void pkvm_host_tell_user_eoi(struct pkvm_host_loop *loop)
{
	struct pkvm_host_lapic *apic = loop->vcpu->lapic;

	if (!apic || apic->user_eoi == PKVM_HOST_NO_VECTOR)
		return;
	loop->vcpu->stats.user_eois++;
	pkvm_host_tell_eoi(loop, (uint32_t)apic->user_eoi);
	apic->user_eoi = PKVM_HOST_NO_VECTOR;
}

/* Exits that need an answer or a device. */
static enum pkvm_host_stop serve(struct pkvm_host_loop *loop)
{
	const struct pkvm_run_exit *exit = &loop->exit;

	switch (exit->kind) {
	case PKVM_EXIT_OUT:
		pkvm_host_port_out(loop, (uint16_t)exit->word0, (uint32_t)exit->word1,
				   exit->word2);
		return PKVM_HOST_GO;
	case PKVM_EXIT_IN:
		in(loop);
		return PKVM_HOST_GO;
	case PKVM_EXIT_RDMSR:
		pkvm_host_handle_rdmsr(loop, (uint32_t)exit->word0);
		return PKVM_HOST_GO;
	case PKVM_EXIT_WRMSR:
		pkvm_host_handle_wrmsr(loop, (uint32_t)exit->word0,
				       exit->word2 << 32 | exit->word1);
		return PKVM_HOST_GO;
	case PKVM_EXIT_EOI:
		pkvm_host_tell_eoi(loop, (uint32_t)exit->word0);
		return PKVM_HOST_GO;
	case PKVM_EXIT_GUEST_CALL:
		return pkvm_host_handle_guest_call(loop);
	case PKVM_EXIT_EPT_VIOLATION:
		return pkvm_host_handle_fault(loop, exit->word0);
	default:
		return PKVM_HOST_STOP_UNHANDLED;
	}
}

enum pkvm_host_stop pkvm_host_handle_exit(struct pkvm_host_loop *loop)
{
	if (loop->vcpu->lapic && pkvm_host_lapic_handle_exit(loop->vcpu->lapic, &loop->exit))
		return PKVM_HOST_GO;
	switch (loop->exit.kind) {
	case PKVM_EXIT_VMX:
		return pkvm_host_handle_vmx(loop);
	case PKVM_EXIT_ENTRY_FAILED:
		return PKVM_HOST_STOP_ENTRY_FAILED;
	case PKVM_EXIT_SHUTDOWN:
		return PKVM_HOST_STOP_SHUTDOWN;
	case PKVM_EXIT_WAIT_FOR_SIPI:
		return PKVM_HOST_STOP_WAITING;
	case PKVM_EXIT_NEED_PAGES:
		return need_pages(loop);
	case PKVM_EXIT_HLT:
		loop->vcpu->halted = true;
		return PKVM_HOST_GO;
	case PKVM_EXIT_EXTERNAL_INTERRUPT:
		pkvm_host_plat_take_interrupts();
		return PKVM_HOST_GO;
	case PKVM_EXIT_IRQ_WINDOW:
	case PKVM_EXIT_NMI_WINDOW:
	case PKVM_EXIT_TPR_BELOW_THRESHOLD:
	case PKVM_EXIT_APIC_WRITE:
	case PKVM_EXIT_PREEMPTION:
		/* The next entry injects what can go now. */
		return PKVM_HOST_GO;
	default:
		return serve(loop);
	}
}
