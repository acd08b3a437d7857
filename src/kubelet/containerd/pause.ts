import { elfExecutable, type Architecture } from './elf.ts'

/**
 * The program that holds a Pod's namespaces open:
 *
 *     block every signal
 *     repeat
 *       while a child has ended: reap it      it is init where the Pod shares its process namespace
 *       wait for any signal
 *     until it is SIGTERM or SIGINT
 *     exit with 0
 *
 * Signals are waited for and not handled: init of a process namespace never gets one that it has no handler for,
 * unless the signal is blocked. The set of all signals is eight bytes of ones on the stack.
 */
export function pauseProgram(architecture: Architecture): Uint8Array {
  return elfExecutable(architecture, machineCode(architecture === 'amd64' ? AMD64 : ARM64))
}

const AMD64 = `
  6a ff                   push -1
  b8 0e 00 00 00          mov eax, 14     ; rt_sigprocmask(SIG_BLOCK, all, 0, 8)
  31 ff                   xor edi, edi
  48 89 e6                mov rsi, rsp
  31 d2                   xor edx, edx
  41 ba 08 00 00 00       mov r10d, 8
  0f 05                   syscall
reap:
  b8 3d 00 00 00          mov eax, 61     ; wait4(-1, 0, WNOHANG, 0)
  48 c7 c7 ff ff ff ff    mov rdi, -1
  31 f6                   xor esi, esi
  ba 01 00 00 00          mov edx, 1
  45 31 d2                xor r10d, r10d
  0f 05                   syscall
  85 c0                   test eax, eax
  7f e4                   jg reap
  b8 80 00 00 00          mov eax, 128    ; rt_sigtimedwait(all, 0, 0, 8)
  48 89 e7                mov rdi, rsp
  31 f6                   xor esi, esi
  31 d2                   xor edx, edx
  41 ba 08 00 00 00       mov r10d, 8
  0f 05                   syscall
  83 f8 0f                cmp eax, SIGTERM
  74 05                   je exit
  83 f8 02                cmp eax, SIGINT
  75 c6                   jne reap
exit:
  b8 e7 00 00 00          mov eax, 231    ; exit_group(0)
  31 ff                   xor edi, edi
  0f 05                   syscall
`

const ARM64 = `
  92800009    mov x9, #-1
  f81f0fe9    str x9, [sp, #-16]!
  d2800000    mov x0, #0          ; rt_sigprocmask(SIG_BLOCK, all, 0, 8)
  910003e1    mov x1, sp
  d2800002    mov x2, #0
  d2800103    mov x3, #8
  d28010e8    mov x8, #135
  d4000001    svc #0
reap:
  92800000    mov x0, #-1         ; wait4(-1, 0, WNOHANG, 0)
  d2800001    mov x1, #0
  d2800022    mov x2, #1
  d2800003    mov x3, #0
  d2802088    mov x8, #260
  d4000001    svc #0
  f100001f    cmp x0, #0
  54ffff2c    b.gt reap
  910003e0    mov x0, sp          ; rt_sigtimedwait(all, 0, 0, 8)
  d2800001    mov x1, #0
  d2800002    mov x2, #0
  d2800103    mov x3, #8
  d2801128    mov x8, #137
  d4000001    svc #0
  f1003c1f    cmp x0, #SIGTERM
  54000060    b.eq exit
  f100081f    cmp x0, #SIGINT
  54fffde1    b.ne reap
exit:
  d2800000    mov x0, #0          ; exit_group(0)
  d2800bc8    mov x8, #94
  d4000001    svc #0
`

/** The bytes of a listing: bytes one by one, or little-endian words, in front of what they mean. */
function machineCode(listing: string): Uint8Array {
  const lines = listing.matchAll(/^ {2}((?:[0-9a-f]{2} ?)+) {3}/gm)
  const groups = [...lines].flatMap(([, hex]) => hex!.trim().split(' '))
  return Uint8Array.fromHex(groups.map(bytesReversed).join(''))
}

function bytesReversed(hex: string): string {
  return Uint8Array.fromHex(hex).toReversed().toHex()
}
