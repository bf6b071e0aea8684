/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The smallest consumer of the ABI in C++: one call's words, judged and shown. */
#include <pkvm/pkvm.h>
#include <iostream>

int main()
{
	const pkvm_segment cs = { PKVM_SEG_CS, 0, 0xffffffff, 0xa09b, 0x10 };
	pkvm_regs regs = { PKVM_HC_set_segment, {} };

	pkvm_pack_segment(&cs, &regs);
	std::cout << pkvm_host_call_name(regs.rax) << ": refused word "
		  << pkvm_bad_word_segment(&regs) << "\n";
	return pkvm_bad_word_segment(&regs) == 0 ? 0 : 1;
}
