/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The running kernel as one who can be asked, through /dev/kvm. */
#ifndef PKVM_KVM_DEVICE_H
#define PKVM_KVM_DEVICE_H

#include <linux/kvm.h>
#include "opinion.h"

enum device_state {
	DEVICE_ABSENT,          /* nobody to ask                              */
	DEVICE_DENIED,          /* it is there, and not for us                */
	DEVICE_BROKEN,          /* it opens, and is no KVM that can be asked  */
	DEVICE_READY
};

struct device {
	enum device_state state;
	unsigned int lacks;     /* LACKS_*                                    */
	char why[160];          /* one line, unless it is ready               */
};

/* device.c: opens it and looks at what it has. */
struct device device_open(const char *path);
void device_close(void);
const struct opinion *device_opinion(void);

/* What its parts share: one VM at a time. */
struct device_vm {
	int fd;                         /* of the device                      */
	int vm;
	int vcpu;
	struct kvm_run *run;
	size_t run_size;
	struct kvm_sregs first; /* special registers before anything            */
	uint8_t *ram;
	enum chip chip;
	char trouble[160];
};
extern struct device_vm kvm;

/* An ioctl's result, or a negative errno; that of a descriptor that is not open. */
int device_ioctl(int fd, unsigned long request, void *argument);
/* For those that must not fail: remembers the first that did. */
int device_need(const char *name, int fd, unsigned long request, void *argument);
void device_trouble(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* device_vcpu.c */
void device_new_vcpu(enum apic_mode mode);
void device_free_vcpu(void);
void device_load(uint64_t gpa, const void *from, size_t size);
struct ran device_run(void);
int device_write_xapic(uint32_t offset, uint32_t value);

/* device_state.c: what is saved and restored */
int device_get_lapic(struct lapic_image *image);
int device_set_lapic(const struct lapic_image *image);
int device_get_events(struct events *events);
int device_set_events(const struct events *events);
int device_get_cr2(uint64_t *cr2);
int device_set_cr2(uint64_t cr2);
int device_get_debugregs(struct debugregs *regs);
int device_set_debugregs(const struct debugregs *regs);
int device_copy_out(uint64_t *cr2, struct events *events);

/* device_irq.c: interrupts and their end */
int device_send_edge(uint32_t dest);
void device_send_level(void);
bool device_eoi_arrived(const struct ran *ran);

#endif
