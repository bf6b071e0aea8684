/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Saves and restores a vCPU's state through the running kernel. */
#include "device.h"

#include <errno.h>
#include <string.h>

/* KVM API document, "KVM_GET_VCPU_EVENTS"; "KVM_CAP_SYNC_REGS". */
#ifndef KVM_VCPUEVENT_VALID_PAYLOAD
#define KVM_VCPUEVENT_VALID_PAYLOAD 0x10
#endif

int device_get_lapic(struct lapic_image *image)
{
	struct kvm_lapic_state state;
	const int error = device_ioctl(kvm.vcpu, KVM_GET_LAPIC, &state);

	_Static_assert(sizeof(state) == sizeof(*image), "KVM_GET_LAPIC has 1024 bytes");
	memset(image, 0, sizeof(*image));
	if (!error)
		memcpy(image, &state, sizeof(*image));
	return error;
}

int device_set_lapic(const struct lapic_image *image)
{
	struct kvm_lapic_state state;

	memcpy(&state, image, sizeof(state));
	return device_ioctl(kvm.vcpu, KVM_SET_LAPIC, &state);
}

static void take_events(const struct kvm_vcpu_events *from, struct events *to)
{
	*to = (struct events){
		.valid_payload = from->flags & KVM_VCPUEVENT_VALID_PAYLOAD,
		.pending = from->exception.pending,
		.injected = from->exception.injected,
		.has_error_code = from->exception.has_error_code,
		.has_payload = from->exception_has_payload,
		.vector = from->exception.nr,
		.error_code = from->exception.error_code,
		.payload = from->exception_payload,
	};
}

int device_get_events(struct events *events)
{
	struct kvm_vcpu_events state = {.flags = 0};
	const int error = device_ioctl(kvm.vcpu, KVM_GET_VCPU_EVENTS, &state);

	take_events(&state, events);
	return error;
}

int device_set_events(const struct events *events)
{
	struct kvm_vcpu_events state = {
		.flags = events->valid_payload ? KVM_VCPUEVENT_VALID_PAYLOAD : 0,
		.exception_has_payload = events->has_payload,
		.exception_payload = events->payload,
	};

	state.exception.pending = events->pending;
	state.exception.injected = events->injected;
	state.exception.nr = events->vector;
	state.exception.has_error_code = events->has_error_code;
	state.exception.error_code = events->error_code;
	return device_ioctl(kvm.vcpu, KVM_SET_VCPU_EVENTS, &state);
}

int device_get_cr2(uint64_t *cr2)
{
	struct kvm_sregs sregs = {.cr2 = 0};
	const int error = device_ioctl(kvm.vcpu, KVM_GET_SREGS, &sregs);

	*cr2 = sregs.cr2;
	return error;
}

/*
 * CR2 alone is to change, and reading the others could deliver a payload: they
 * are the vCPU's first ones.
 */
int device_set_cr2(uint64_t cr2)
{
	kvm.first.cr2 = cr2;
	return device_ioctl(kvm.vcpu, KVM_SET_SREGS, &kvm.first);
}

int device_get_debugregs(struct debugregs *regs)
{
	struct kvm_debugregs state = {.dr6 = 0};
	const int error = device_ioctl(kvm.vcpu, KVM_GET_DEBUGREGS, &state);

	*regs = (struct debugregs){state.dr6, state.dr7};
	return error;
}

int device_set_debugregs(const struct debugregs *regs)
{
	struct kvm_debugregs state = {.dr6 = regs->dr6, .dr7 = regs->dr7};

	return device_ioctl(kvm.vcpu, KVM_SET_DEBUGREGS, &state);
}

/* KVM_RUN that is told to return at once still fills what it is asked for. */
int device_copy_out(uint64_t *cr2, struct events *events)
{
	int error;

	*cr2 = 0;
	*events = (struct events){.vector = 0};
	if (!kvm.run)
		return -EIO;
	kvm.run->immediate_exit = 1;
	kvm.run->kvm_valid_regs = KVM_SYNC_X86_SREGS | KVM_SYNC_X86_EVENTS;
	error = device_ioctl(kvm.vcpu, KVM_RUN, NULL);
	kvm.run->immediate_exit = 0;
	kvm.run->kvm_valid_regs = 0;
	*cr2 = kvm.run->s.regs.sregs.cr2;
	take_events(&kvm.run->s.regs.events, events);
	return error == -EINTR ? 0 : error < 0 ? error : -EIO;
}
