# SPDX-License-Identifier: MIT OR GPL-2.0-only
# What Doxygen must see differently: #PF and its like are the SDM's names of
# exceptions, not links; a page's title must be its first text.
s/\\?#(DE|DB|BP|OF|BR|UD|NM|DF|TS|NP|SS|GP|PF|MF|AC|MC|XM|VE|CP)\b/\\#\1/g
s/^<!-- .* -->$//
