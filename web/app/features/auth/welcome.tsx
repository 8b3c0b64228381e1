// @ts-nocheck
/** The entrance, for who is not signed in: what this is, and the way in. */

import { Heading } from "../../ui/heading";
import { SignUpForm } from "./auth-forms";
import { Tables } from "./hero";

export function Welcome() {
  return (
    <section class="welcome">
      <div class="pitch">
        <Heading title="">
          Pull up a chair. <br />
          The lamps are on.
        </Heading>
        <p class="lead">
          Studyhall is a reading room for your class or study group. Take a seat, see who else is working, and ask the question
          you are stuck on.
        </p>
        <svg
          class="plan"
          viewBox="9 13 462 122"
          role="img"
          aria-label="A reading room from above, with lamps lit where people sit"
        >
          <Tables />
        </svg>
      </div>
      <div class="sheet entry">
        <h2>Take a seat</h2>
        <SignUpForm />
        <p class="aside">
          You have an account? <a href="/sign-in">Sign in</a>.
        </p>
      </div>
      <dl class="promises">
        <div>
          <dt>Nothing gets lost</dt>
          <dd>A dropped connection, a closed lid, a reload: what you wrote is kept and sent once.</dd>
        </div>
        <div>
          <dt>You see who is there</dt>
          <dd>A lamp for everyone in the room: lit, away, or not to be disturbed.</dd>
        </div>
        <div>
          <dt>It stays in the house</dt>
          <dd>Your school runs it on its own machine. No trackers, nothing fetched from elsewhere.</dd>
        </div>
      </dl>
    </section>
  );
}
