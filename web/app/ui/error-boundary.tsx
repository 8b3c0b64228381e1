/** Error boundaries: an exception in one part of the page leaves the other parts as they are. */

import { Component, type ComponentChildren } from "preact";
import { t } from "../core/words";
import { ReloadButton } from "./reload-button";

interface ErrorBoundaryProps {
  /** Another value shows `children` again after an exception. */
  of?: unknown;
  /** Shown after an exception. */
  otherwise?: () => ComponentChildren;
  children?: ComponentChildren;
}

/** Shows `children`, or something else after an exception in them, which is reported to the console. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, { isBroken: boolean }> {
  override state = { isBroken: false };

  static override getDerivedStateFromError() {
    return { isBroken: true };
  }

  override componentDidCatch(error: unknown) {
    console.error(error);
  }

  override componentDidUpdate({ of }: ErrorBoundaryProps) {
    if (of !== this.props.of && this.state.isBroken) this.setState({ isBroken: false });
  }

  override render() {
    const { children, otherwise = BrokenView } = this.props;
    return this.state.isBroken ? otherwise() : children;
  }
}

export const BrokenView = () => (
  <div class="page narrow">
    <div class="error-message" role="alert">
      <p>{t("ui.broken")}</p>
      <ReloadButton />
    </div>
  </div>
);
