"""The medallion transforms: Bronze as landed, Silver typed and current, Gold for readers. Standard library and Spark only."""
