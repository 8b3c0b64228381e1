// @ts-nocheck
/** Error boundaries: an exception in one part of the page leaves the rest standing. */

import { Component, type ComponentChildren } from "preact";
import { ReloadButton } from "./reload-button";

/**
 * Shows `children`, or after an exception in them what `otherwise()` returns, until `of` is another value. The
 * exception is reported to the console.
 */
export class ErrorBoundary extends Component<{ of?: unknown; otherwise?: () => ComponentChildren }> {
  state = { isBroken: false };

  static getDerivedStateFromError() {
    return { isBroken: true };
  }

  componentDidCatch(error) {
    console.error(error);
  }

  componentDidUpdate({ of }) {
    if (of !== this.props.of && this.state.isBroken) this.setState({ isBroken: false });
  }

  render({ children, otherwise = BrokenView }, { isBroken }) {
    return isBroken ? otherwise() : children;
  }
}

export const BrokenView = () => (
  <div class="page narrow">
    <div class="error-message" role="alert">
      <p>Something went wrong here, and this part of the page cannot be shown. Your messages and drafts are safe.</p>
      <ReloadButton />
    </div>
  </div>
);
