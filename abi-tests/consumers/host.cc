/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A host in C++ that links the installed stubs. It makes its call only when it
 * is given an argument: outside a guest VMCALL is an invalid opcode.
 */
#include <pkvm/pkvm.h>

int main(int argc, char **)
{
	const pkvm_segment cs = { PKVM_SEG_CS, 0, 0xffffffff, 0xa09b, 0x10 };

	return argc > 1 && pkvm_hc_set_segment(&cs).error ? 1 : 0;
}
