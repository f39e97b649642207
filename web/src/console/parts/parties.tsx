/** Parties says from whom to whom a call is, and whom it has reached where that is somebody else: each has its own room and its own direction of writing. */
export function Parties({ from, to, reached }: { from: string; to: string; reached?: string }) {
  return (
    <span class="parties">
      <b dir="auto">{from}</b>
      <span aria-hidden="true" class="muted">
        →
      </span>
      <span class="visually-hidden"> to </span>
      <b dir="auto">{to}</b>
      {reached && (
        <small class="muted">
          with <bdi>{reached}</bdi>
        </small>
      )}
    </span>
  );
}
