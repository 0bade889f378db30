/** One item on the page, which follows its data. */
export interface View<T> {
  readonly node: Element;
  update(item: T): void;
}

/**
 * Children of an element, one for each item of a list. What stays is not moved unless its place changed, so that focus,
 * selection and what was opened stay as they are.
 */
export class KeyedList<T> {
  readonly #views = new Map<string, View<T>>();

  constructor(
    private readonly parent: Element,
    private readonly keyOf: (item: T) => string,
    private readonly make: (item: T) => View<T>,
  ) {}

  show(items: readonly T[]): void {
    const keyed = new Map(items.map((item) => [this.keyOf(item), item]));
    for (const [key, { node }] of this.#views) {
      if (keyed.has(key)) continue;
      node.remove();
      this.#views.delete(key);
    }
    let next = this.parent.firstElementChild;
    for (const [key, item] of keyed) {
      const view = this.#view(key, item);
      view.update(item);
      if (view.node === next) next = next.nextElementSibling;
      else this.parent.insertBefore(view.node, next);
    }
  }

  #view(key: string, item: T): View<T> {
    let view = this.#views.get(key);
    if (!view) this.#views.set(key, (view = this.make(item)));
    return view;
  }
}
