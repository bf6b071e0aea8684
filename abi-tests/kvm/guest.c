/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Writes the guests: real-address mode, one interrupt vector table, no stack use. */
#include "guest.h"

#include <stdio.h>
#include <stdlib.h>
#include "guest/assemble.h"

#define HANDLER_SIZE 32

struct program {
	uint8_t code[128];
	struct pkvm_asm assembler;
};

static void begin(struct program *program)
{
	pkvm_asm_begin(&program->assembler, program->code, sizeof(program->code), 16);
}

static void emit(struct program *program, const char *name, unsigned int n, uint64_t a,
		 uint64_t b)
{
	const uint64_t operand[2] = {a, b};

	if (pkvm_asm_op(&program->assembler, name, operand, n) != PKVM_ASM_OK) {
		fprintf(stderr, "error: a guest cannot have %s\n", name);
		exit(2);
	}
}

static void end(struct program *program, const struct opinion *who, uint64_t gpa, uint64_t port)
{
	emit(program, "out8", 1, port, 0);
	emit(program, "out8", 1, PORT_LAST, 0);
	emit(program, "hlt", 0, 0, 0);
	if (pkvm_asm_finish(&program->assembler) != PKVM_ASM_OK) {
		fputs("error: a guest has a jump to nowhere\n", stderr);
		exit(2);
	}
	who->load(gpa, program->code, program->assembler.used);
}

static void set_vector(const struct opinion *who, uint32_t vector, uint32_t address)
{
	const uint8_t entry[4] = {(uint8_t)address, (uint8_t)(address >> 8), 0, 0};

	who->load(vector * sizeof(entry), entry, sizeof(entry));
}

static void load_handlers(const struct opinion *who)
{
	struct program program;

	for (uint32_t i = 0; i < EXCEPTIONS; i++) {
		const uint32_t address = GUEST_HANDLER + i * HANDLER_SIZE;

		set_vector(who, i, address);
		begin(&program);
		end(&program, who, address, PORT_EXCEPTION + i);
	}
}

void guest_idle(const struct opinion *who)
{
	struct program program;

	load_handlers(who);
	begin(&program);
	emit(&program, "nop", 0, 0, 0);
	end(&program, who, GUEST_CODE, PORT_END);
}

void guest_write_msr(const struct opinion *who, uint32_t index, uint64_t value)
{
	struct program program;

	load_handlers(who);
	begin(&program);
	emit(&program, "write_msr", 2, index, value);
	end(&program, who, GUEST_CODE, PORT_END);
}

/* HLT, because a KVM that emulates real-address mode looks for interrupts there. */
void guest_take_interrupt(const struct opinion *who)
{
	const uint32_t handler = GUEST_HANDLER + EXCEPTIONS * HANDLER_SIZE;
	struct program program;

	load_handlers(who);
	set_vector(who, LEVEL_VECTOR, handler);
	begin(&program);
	emit(&program, "eoi", 0, 0, 0);
	end(&program, who, handler, PORT_INTERRUPT);
	begin(&program);
	emit(&program, "sti", 0, 0, 0);
	emit(&program, "hlt", 0, 0, 0);
	end(&program, who, GUEST_CODE, PORT_END);
}
