/** QR codes. A module of its own, so that the bundle loads the package on demand. */
export { encode } from "uqr";
