/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A guest in C++ that links the installed stubs. It makes its call only when it
 * is given an argument: outside a guest VMCALL is an invalid opcode.
 */
#include <pkvm/pkvm.h>

int main(int argc, char **)
{
	const pkvm_range page = { 0x1000, 0x1000 };

	return argc > 1 && pkvm_guest_share_mem(&page).error ? 1 : 0;
}
