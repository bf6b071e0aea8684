/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The host's program that plays a scenario: the command's own player, on a libc whose
 * system calls are answered here, in VMX non-root operation.
 *
 * The image's commands are a cpio archive ("newc"): the file COMMAND has the words
 * of a command line, each ended by a zero byte, the others are what that names.
 */
#ifndef PKVM_BAREMETAL_PLAYER_H
#define PKVM_BAREMETAL_PLAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAYER_COMMAND "COMMAND"

/*
 * What stands between the program's own lines on the console: a byte before all of
 * them, one before and one behind what it writes to its standard error, and a line
 * with its exit status.
 */
#define PLAYER_BEGIN        0x02
#define PLAYER_STDERR_BEGIN 0x0e
#define PLAYER_STDERR_END   0x0f
#define PLAYER_STATUS       "STATUS: "

/* archive.c: a file of the archive by its name; false: there is none. */
bool player_file(const char *name, const char **data, size_t *size);

/* cpu.c: where a CPU waits for the program. */
struct player_seat {
	uint64_t stack;         /* of the program, when it comes; atomic         */
	uint64_t own;           /* of the CPU, while it waits                    */
};

/* The program goes on on that CPU; false: there is none. */
bool player_move_to(unsigned int cpu);
/* The thread pointer that libc has set, on every CPU it moves to. */
void player_set_fs(uint64_t base);
void player_cpu_init(void);
/* Whoever is not the program's CPU waits here, until the program comes. */
_Noreturn void player_sleep(void);

/* syscall.S */
void player_syscall_entry(void);
void player_move(struct player_seat *to, struct player_seat *from);
_Noreturn void player_wait(struct player_seat *seat);

/* event.c: physical events that come while a guest runs. */
bool player_raise_irq(uint8_t vector);
bool player_raise_nmi(uint64_t instructions);
int player_take_irq(void);
bool player_take_nmi(void);
/* Right before a vCPU is entered: what is due is sent to this CPU. */
void player_send_events(void);

#endif
