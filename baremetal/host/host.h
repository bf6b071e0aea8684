/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What a host's program in the image stands on: its CPUs, its faults, what has
 * arrived, the console. host/platform.h is implemented beside it.
 *
 * The program begins in host_main(), on every CPU, on a stack of 64 KiB, with its
 * descriptor tables loaded and interrupts off.
 */
#ifndef PKVM_BAREMETAL_HOST_H
#define PKVM_BAREMETAL_HOST_H

#include <stdbool.h>

#include "../boot_info.h"
#include "../common/tables.h"

struct host_cpu {
	struct host_cpu *self;          /* at the address that GS holds          */
	uint32_t number;
	uint32_t nmis;                  /* that arrived; atomic                  */
	uint32_t interrupts;            /* that arrived and were acknowledged    */
	uint32_t vector;                /* the last one's                        */
	struct tables tables;
};

extern const struct boot_info *host_boot_info;

struct exception_frame;

/* A program that expects an exception handles it here; else it ends the program. */
extern void (*host_on_exception)(struct exception_frame *frame);

/* The program's own; when it returns on CPU 0 the machine stops with its result. */
bool host_main(unsigned int cpu);

struct host_cpu *host_this_cpu(void);

/*
 * Accesses to a page that may be nobody's to see. False: a fault, which is how
 * the hypervisor answers (#GP); nothing was read or written.
 */
bool host_read64(uint64_t pa, uint64_t *value);
bool host_write64(uint64_t pa, uint64_t value);

/* The same for MSRs. */
bool host_rdmsr(uint32_t index, uint64_t *value);
bool host_wrmsr(uint32_t index, uint64_t value);

/*
 * An interrupt to this CPU: pending while interrupts are off, so that it ends the
 * guest's run that comes next. And the register that names the CPU.
 */
void host_send_irq(uint8_t vector);

/* One line, whole, whatever other CPUs print. */
void host_print(const char *first, const char *second, const char *third);
void host_print_number(const char *text, uint64_t number);
/* For a line that is made by common/console.h: no other CPU's comes between. */
void host_console_take(void);
void host_console_give(void);

/* Prints the result and stops the machine. */
_Noreturn void host_stop(bool passed);

/* memory.c: makes the pages of RAM that the program does not use allocatable. */
void host_pages_init(void);
/* Pages that are given out now. */
uint64_t host_pages_taken(void);

#endif
