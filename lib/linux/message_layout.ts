/**
 * The structures of recvmmsg and sendmmsg, as 64-bit Linux lays them out.
 *
 * @module
 */

/** struct mmsghdr: msghdr (56 bytes), received or sent length, padding. */
export const MMSGHDR_BYTES = 64;
/** Offsets in struct mmsghdr. */
export const NAME = 0;
export const NAME_LENGTH = 8;
export const IOV = 16;
export const IOV_LENGTH = 24;
export const CONTROL = 32;
export const CONTROL_LENGTH = 40;
export const LENGTH = 56;

/** struct iovec: base, length. */
export const IOVEC_BYTES = 16;
export const IOVEC_LENGTH = 8;

/** Offsets in struct cmsghdr: length, level, type. Its data starts at 16. */
export const CMSG_LEVEL = 8;
export const CMSG_TYPE = 12;
