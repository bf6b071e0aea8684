/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The calls of a pVM that the hypervisor forwards to its host. */
#include "exit.h"

/*
 * The hypervisor takes a reply that is valid, so that this word comes last; a
 * status that the ABI does not have would stop the vCPU.
 */
static void reply(struct pkvm_host_vcpu *vcpu, int status, uint64_t value)
{
	struct pkvm_page_reply *block = &vcpu->page->reply;

	if (!pkvm_error_name(status))
		status = -PKVM_EINVAL;
	block->status = (uint64_t)(int64_t)status;
	block->word[0] = value;
	__atomic_store_n(&block->valid, 1, __ATOMIC_RELEASE);
}

static void ioread(struct pkvm_host_loop *loop)
{
	uint64_t value = 0;
	const int status = pkvm_host_mmio_read(loop, loop->exit.word1,
					       (uint32_t)loop->exit.word2, &value);

	reply(loop->vcpu, status, status ? 0 : value);
}

static void iowrite(struct pkvm_host_loop *loop)
{
	const int status = pkvm_host_mmio_write(loop, loop->exit.word1,
						(uint32_t)loop->exit.word2, loop->exit.word3);

	reply(loop->vcpu, status, 0);
}

/* The secondary is the guest's from here on; nobody waits for an answer. */
static void start_cpu(struct pkvm_host_loop *loop)
{
	const struct pkvm_host_devices *devices = loop->devices;
	const uint32_t apic_id = (uint32_t)loop->exit.word1;
	struct pkvm_host_vcpu *vcpu = loop->vcpu->vm->vcpus;

	for (; vcpu; vcpu = vcpu->next) {
		if (vcpu->id == apic_id)
			pkvm_host_hide(vcpu);
	}
	if (devices->start_cpu)
		devices->start_cpu(devices->opaque, apic_id);
}

enum pkvm_host_stop pkvm_host_handle_guest_call(struct pkvm_host_loop *loop)
{
	switch (loop->exit.word0) {
	case PKVM_GC_ioread:
		ioread(loop);
		return PKVM_HOST_GO;
	case PKVM_GC_iowrite:
		iowrite(loop);
		return PKVM_HOST_GO;
	case PKVM_GC_start_cpu:
		start_cpu(loop);
		return PKVM_HOST_GO;
	default:
		reply(loop->vcpu, -PKVM_ENOSYS, 0);
		return PKVM_HOST_GO;
	}
}
