// @ts-nocheck
/** QR codes. A module of its own, so that the bundle treats the package as any view that is loaded on demand. */
export { encode } from "uqr";
