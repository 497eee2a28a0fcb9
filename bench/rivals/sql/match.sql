-- In an application's own terms, for items whose members are written as ours are.
SELECT count(*) FROM bench.pairs WHERE a ->> 'product_id' = b ->> 'product_id' AND a ->> 'variant_id' IS NOT DISTINCT FROM b ->> 'variant_id'
    AND a -> 'dimensions' IS NOT DISTINCT FROM b -> 'dimensions' AND a ->> 'material' IS NOT DISTINCT FROM b ->> 'material'
    AND a -> 'options' IS NOT DISTINCT FROM b -> 'options';
